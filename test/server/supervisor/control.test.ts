import { expect, onTestFinished, test } from 'vitest'
import { listServers, stopServer } from '../../../src/server/supervisor/control.ts'
import { startSupervisor } from '../../../src/server/supervise.ts'
import { lives, programs, soon, supervision } from '../../support/supervision.ts'

test('the servers of all runs are listed, with what the run says of them', async () => {
  const { env, state, order } = await supervision()
  const [first, second] = [startSupervisor({ env }), startSupervisor({ env })]
  onTestFinished(async () => void (await Promise.all([first.close(), second.close()])))
  const [one, two] = [order(programs.listens), order(programs.listens, { model: 'large' })]
  const [a, b] = [await first.start(one), await second.start(two)]
  a.show({ users: 3, ready: true })
  const byModel = async () =>
    (await listServers(state)).toSorted((x, y) => x.model.localeCompare(y.model))
  await expect.poll(async () => (await byModel())[1]?.users, soon).toBe(3)
  const [large, small] = await byModel()
  expect(small).toEqual({
    id: one.id,
    provider: 'acme',
    model: 'small',
    pid: a.pid,
    port: a.port,
    url: `http://127.0.0.1:${a.port}`,
    ready: true,
    users: 3,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    log: one.log,
    runPid: process.pid,
  })
  expect(large).toMatchObject({ id: two.id, pid: b.pid, ready: false, users: 0 })
})

test('who stops a server waits until it is gone, and its run learns that it was a person', async () => {
  const { env, state, order } = await supervision()
  const supervisor = startSupervisor({ env })
  onTestFinished(() => supervisor.close())
  const [one, two] = [order(programs.family), order(programs.listens)]
  const [a, b] = [await supervisor.start(one), await supervisor.start(two)]
  expect(await stopServer(one.id, state)).toBe(true)
  expect(lives(a.pid)).toBe(false)
  expect(await a.exited).toMatchObject({ by: 'person' })
  expect(lives(b.pid)).toBe(true)
  expect((await listServers(state)).map(({ id }) => id)).toEqual([two.id])
  expect(await stopServer(one.id, state)).toBe(false)
})

test('without a run there are no servers, and nothing is made for the question', async () => {
  const { env, state, folder, supervisors } = await supervision()
  expect(await listServers(state)).toEqual([])
  expect(await stopServer('none', state)).toBe(false)
  expect(supervisors()).toEqual([])
  const supervisor = startSupervisor({ env })
  await supervisor.close()
  expect(await listServers(state)).toEqual([])
  expect(folder).not.toBe('')
})

test('a supervisor that was killed has no servers', async () => {
  const { env, state, order, supervisors } = await supervision()
  const supervisor = startSupervisor({ env })
  onTestFinished(() => supervisor.close())
  const server = await supervisor.start(order(programs.listens))
  process.kill(supervisors()[0]!, 'SIGKILL')
  await server.gone
  expect(await listServers(state)).toEqual([])
})
