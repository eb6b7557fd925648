import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ServerLease } from '../../src/model/lease.ts'
import { createPool, type PoolOptions } from '../../src/server/pool.ts'
import { listServers, stopServer } from '../../src/server/supervisor/control.ts'
import { isOwner, pidOf } from '../../src/server/supervisor/owner.ts'
import { stateFolder } from '../../src/server/supervisor/state-folder.ts'
import { failureOf } from '../support/failure.ts'
import { lives } from '../support/supervision.ts'
import { createTinyServers } from '../support/tiny-server.ts'

/** A pool, its servers and what it says; all is gone when the test is. */
async function open(options: Partial<PoolOptions> = {}) {
  const servers = await createTinyServers()
  const notices: string[] = []
  const logDir = join(servers.folder, 'logs')
  const env = { ...process.env, TMPDIR: servers.folder }
  const pool = createPool({ logDir, notice: (line) => void notices.push(line), env, ...options })
  onTestFinished(async () => {
    await pool.close()
    const pids = await servers.pids()
    expect(pids.filter((pid) => lives(pid))).toEqual([])
    await servers[Symbol.asyncDispose]()
  })
  return { ...servers, pool, notices }
}

async function ask(lease: ServerLease, path = '/v1/chat/completions'): Promise<string> {
  const headers = { authorization: `Bearer ${lease.key!.reveal()}` }
  const response = await fetch(lease.address.url + path, { method: 'POST', body: '{}', headers })
  return response.text()
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 15_000, interval: 5 }).toBe(true)
}

test('E-19: servers are started when they are first needed, and shared', async () => {
  const { pool, need, started } = await open()
  expect(await started()).toEqual([])
  const leases = await Promise.all([1, 2, 3, 4].map(() => pool.lease(need('a'))))
  expect(new Set(leases.map(({ address }) => address.url)).size).toBe(1)
  expect(await started()).toEqual(['a'])
  expect(leases[0]).toMatchObject({ slots: 3, address: { start: 1 } })
  expect(await ask(leases[0]!)).toContain('a,a#')
})

test('another command line, environment, port or GPU is another server', async () => {
  const { pool, need, started } = await open()
  const first = need('a')
  await pool.lease(first)
  await pool.lease({ ...first, args: [...first.args, '--more'] })
  await pool.lease({ ...first, env: { ...first.env, MORE: '1' } })
  await pool.lease({ ...first, gpus: ['0'] })
  await pool.lease({ ...first, startTimeout: 19_000 }) // says nothing of the server
  expect(await started()).toEqual(['a', 'a', 'a', 'a'])
})

test('a server that nobody holds stays for the next who needs it', async () => {
  const { pool, need, started } = await open()
  const lease = await pool.lease(need('a'))
  const { url } = lease.address
  lease.release()
  lease.release()
  const next = await pool.lease(need('a'))
  expect(next.address.url).toBe(url)
  expect(await started()).toEqual(['a'])
})

test('E-06: with room for one, the second starts when the first was released, and the first is gone then', async () => {
  const { pool, need, started, pids } = await open({ maxServers: 1 })
  const first = await pool.lease(need('a'))
  let isSecondThere = false
  const second = pool.lease(need('b')).then((lease) => {
    isSecondThere = true
    return lease
  })
  await until(() => pool.waits[0] === 'tiny/b waits for room')
  expect(await ask(first)).toContain('a,')
  expect(isSecondThere).toBe(false)
  first.release()
  expect(await ask(await second)).toContain('b,')
  expect(await started()).toEqual(['a', 'b'])
  expect(lives((await pids())[0]!)).toBe(false)
})

test('one that is needed again after it was evicted is started again', async () => {
  const { pool, need, started } = await open({ maxServers: 1 })
  for (const name of ['a', 'b', 'a']) (await pool.lease(need(name))).release()
  expect(await started()).toEqual(['a', 'b', 'a'])
  expect(pool.history).toMatchObject([
    { model: 'a', starts: 2, restarts: 0, crashes: [] },
    { model: 'b', starts: 1, crashes: [] },
  ])
})

test('who holds the only place and asks for another server is told at once', async () => {
  const { pool, need } = await open({ maxServers: 1 })
  const first = await pool.lease(need('a'))
  const failure = await failureOf(pool.lease(need('b'), { besides: [first] }))
  expect(failure).toMatchObject({ kind: 'setup' })
  expect(failure.message).toContain('tiny/b would wait for ever')
})

test('E-07: a start that failed is remembered, with the end of its log', async () => {
  const { pool, need, started } = await open()
  const broken = need('a', { exitCode: 3 })
  const failure = await failureOf(pool.lease(broken))
  expect(failure).toMatchObject({ kind: 'setup', provider: 'tiny' })
  expect(failure.message).toContain('exit code 3')
  expect(failure.message).toContain('| error: this one never works')
  expect(await failureOf(pool.lease(broken))).toBe(failure)
  expect(await started()).toEqual(['a'])
})

test('a program that is not there is told with how to install it', async () => {
  const { pool, need } = await open()
  const failure = await failureOf(pool.lease({ ...need('a'), command: 'no-such-program' }))
  expect(failure.message).toBe('tiny: the PATH has no program `no-such-program`. Install it.')
})

test('E-07: a place is free again when a start has failed', async () => {
  const { pool, need } = await open({ maxServers: 1 })
  await failureOf(pool.lease(need('a', { exitCode: 1 })))
  expect(await ask(await pool.lease(need('b')))).toContain('b,')
})

test('an asker who gives up does not wait, and the server that nobody waits for is not started', async () => {
  const { pool, need, started } = await open({ maxServers: 1 })
  const first = await pool.lease(need('a'))
  const stop = new AbortController()
  const second = failureOf(pool.lease(need('b'), { signal: stop.signal }))
  stop.abort()
  expect(await second).toMatchObject({ kind: 'cancelled' })
  first.release()
  await pool.lease(need('c'))
  expect(await started()).toEqual(['a', 'c'])
})

test('a server that was killed is there again when recover resolves, for all who ask at once', async () => {
  const { pool, need, pids, started, notices } = await open()
  const leases = await Promise.all([pool.lease(need('a')), pool.lease(need('a'))])
  const seen = leases[0].address
  process.kill((await pids())[0]!, 'SIGKILL')
  await Promise.all(leases.map((lease) => lease.recover(seen)))
  expect(leases.map(({ address }) => address.start)).toEqual([2, 2])
  expect(await ask(leases[0])).toContain('a,')
  expect(await started()).toEqual(['a', 'a'])
  expect(pool.history).toMatchObject([
    { starts: 2, restarts: 1, crashes: [{ how: 'signal SIGKILL' }] },
  ])
  expect(notices.join('\n')).toContain('tiny/a has ended (signal SIGKILL); it is started again')
})

test('recover of a server that is well changes nothing', async () => {
  const { pool, need, started } = await open()
  const lease = await pool.lease(need('a'))
  const seen = lease.address
  await lease.recover(seen)
  expect(lease.address).toEqual(seen)
  expect(await started()).toEqual(['a'])
})

test('one that crashes for the third time in ten minutes is not started again', async () => {
  const { pool, need, pids, started } = await open()
  const lease = await pool.lease(need('a'))
  for (const crash of [0, 1, 2]) {
    const seen = lease.address
    process.kill((await pids())[crash]!, 'SIGKILL')
    const recovered = lease.recover(seen)
    if (crash < 2) await recovered
    else expect((await failureOf(recovered)).message).toContain('signal SIGKILL')
  }
  expect((await failureOf(pool.lease(need('a')))).message).toContain('not started again')
  expect(await started()).toEqual(['a', 'a', 'a'])
})

test('a server that runs and is not well any more is ended and started again', async () => {
  const { pool, need, started } = await open()
  const lease = await pool.lease(need('a', { ignoreTerm: true }))
  const seen = lease.address
  await ask(lease, '/mute')
  await lease.recover(seen)
  expect(lease.address.start).toBe(2)
  expect(await started()).toEqual(['a', 'a'])
  expect(pool.history).toMatchObject([{ crashes: [{ how: 'it answered no more' }] }])
}, 30_000)

test('a port that is wanted and taken is an error, a free one is used', async () => {
  const { pool, need } = await open()
  const lease = await pool.lease(need('a'))
  const port = Number(new URL(lease.address.url).port)
  const failure = await failureOf(pool.lease({ ...need('b'), port }))
  expect(failure).toMatchObject({ kind: 'setup' })
  expect(failure.message).toContain(String(port))
})

test('who asks for the port of an idle server gets it', async () => {
  const { pool, need } = await open()
  const first = await pool.lease(need('a', {}, { port: [25_000, 25_100] }))
  const port = Number(new URL(first.address.url).port)
  const fixed = await pool.lease(need('b', {}, { port: port + 200 }))
  fixed.release()
  const second = await pool.lease(need('c', {}, { port: port + 200 }))
  expect(second.address.url).toBe(`http://127.0.0.1:${port + 200}`)
})

test('a start that failed for want of time or memory is no failure of one that asks for less', async () => {
  const { pool, need } = await open()
  const slow = need('a', { loadMs: 700 })
  const hurried = failureOf(pool.lease({ ...slow, startTimeout: 50 }))
  const patient = pool.lease(slow) // it waits for the same start at first
  expect((await hurried).message).toContain('not ready after 0.05 s')
  expect(await ask(await patient)).toContain('a,')
  expect(pool.history).toMatchObject([{ starts: 2 }])

  const large = need('b')
  const requirements = { memoryGb: 1e6 }
  expect((await failureOf(pool.lease({ ...large, requirements }))).message).toContain('1000000 GB')
  expect(await ask(await pool.lease(large))).toContain('b,')
})

test('a server that a person stops is no crash, and is not started again', async () => {
  const { pool, need, notices, folder } = await open()
  const lease = await pool.lease(need('a'))
  const { id } = (await listServers(stateFolder({ TMPDIR: folder })))[0]!
  expect(await stopServer(id, stateFolder({ TMPDIR: folder }))).toBe(true)
  const failure = await failureOf(lease.recover(lease.address))
  expect(failure.message).toContain('was stopped by hand during the run')
  expect(pool.history).toMatchObject([{ starts: 1, restarts: 0, crashes: [] }])
  expect(notices.at(-1)).toBe('tiny/a was stopped by hand; it is not started again')
})

test('who waits for a start counts as its user', async () => {
  const { pool, need, folder } = await open()
  const starting = pool.lease(need('a', { loadMs: 1000 }))
  const list = () => listServers(stateFolder({ TMPDIR: folder }))
  await until(async () => (await list())[0]?.users === 1)
  expect(await list()).toMatchObject([{ ready: false }])
  await starting
  await until(async () => (await list())[0]!.ready)
})

test('a start that nobody waits for any more is broken off for who needs its place', async () => {
  const { pool, need, started } = await open({ maxServers: 1 })
  const stop = new AbortController()
  const first = failureOf(pool.lease(need('a', { loadMs: 60_000 }), { signal: stop.signal }))
  await until(async () => (await started()).length === 1)
  stop.abort()
  await first
  expect(await ask(await pool.lease(need('b')))).toContain('b,')
  // nobody was to blame for that: it is started again
  expect(pool.history).toMatchObject([{ model: 'a', crashes: [] }, { model: 'b' }])
})

test('a server that crashed keeps its place until nothing of it is left', async () => {
  const { pool, need, pids, folder } = await open({ maxServers: 1 })
  const child = join(folder, 'child.txt')
  const lease = await pool.lease(need('a', { child }))
  const grandchild = Number(await readFile(child, 'utf8'))
  process.kill((await pids())[0]!, 'SIGKILL')
  lease.release()
  await pool.lease(need('b'))
  expect(lives(grandchild)).toBe(false)
})

test('servers whose supervisor was ended are started again by another', async () => {
  const { pool, need, folder, started } = await open()
  const lease = await pool.lease(need('a'))
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const supervisor = (await readdir(stateFolder({ TMPDIR: folder }))).find(isOwner)!
    const seen = lease.address
    process.kill(pidOf(supervisor), signal)
    await until(async () => (await fetch(seen.url).catch(() => null)) === null)
    await lease.recover(seen)
    expect(await ask(lease)).toContain('a,')
  }
  expect(await started()).toEqual(['a', 'a', 'a'])
  expect(pool.history).toMatchObject([{ restarts: 2 }])
})

test('each start has a log of its own, and no file has the key', async () => {
  const { pool, need, pids } = await open()
  const lease = await pool.lease(need('a'))
  process.kill((await pids())[0]!, 'SIGKILL')
  await lease.recover(lease.address)
  const { logs } = pool.history[0]!
  expect(logs).toHaveLength(2)
  expect(new Set(logs).size).toBe(2)
  for (const log of logs) expect(await readFile(log, 'utf8')).not.toContain(lease.key!.reveal())
})

test('close ends what runs and what starts, and then nothing is lent', async () => {
  const { pool, need, pids, folder } = await open()
  await pool.lease(need('a'))
  const starting = failureOf(pool.lease(need('b', { loadMs: 60_000 })))
  await until(async () => (await pids()).length === 2)
  await pool.close()
  expect((await pids()).filter((pid) => lives(pid))).toEqual([])
  expect((await starting).kind).toMatch(/setup|cancelled/)
  expect(await failureOf(pool.lease(need('a')))).toMatchObject({ kind: 'cancelled' })
  expect(existsSync(join(folder, 'logs'))).toBe(true)
})

test('a pool that nobody used starts nothing', async () => {
  const { pool } = await open()
  await pool.close()
  expect(pool.history).toEqual([])
})
