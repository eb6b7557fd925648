import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Broker, type BrokerOptions, startBroker } from '../../src/broker/broker.ts'
import { type BrokerClient, connectTo } from '../../src/broker/client.ts'
import type { LeaseMessage } from '../../src/broker/protocol.ts'
import { createRemoteLeases } from '../../src/broker/remote-leases.ts'
import type { ServerLease } from '../../src/model/lease.ts'
import { lives, soon } from '../support/supervision.ts'
import { createTinyServers, type TinyServers } from '../support/tiny-server.ts'

interface Worker {
  readonly client: BrokerClient
  leave(): void
}

interface Setting {
  readonly broker: Broker
  readonly tiny: TinyServers
  /** A worker of its own. */
  join(): Worker
}

async function open(options: BrokerOptions['servers'] = {}): Promise<Setting> {
  const tiny = await createTinyServers()
  onTestFinished(() => tiny[Symbol.asyncDispose]())
  const broker = await startBroker({ servers: { logDir: join(tiny.folder, 'logs'), ...options } })
  onTestFinished(() => broker.close())
  return {
    broker,
    tiny,
    join() {
      const { client, socket } = connectTo(broker.address)
      onTestFinished(() => void socket.destroy())
      return { client, leave: () => void socket.destroy() }
    },
  }
}

function ask({ address, key }: ServerLease): Promise<number> {
  const headers = { authorization: `Bearer ${key!.reveal()}` }
  return fetch(`${address.url}/v1/models`, { headers }).then(({ status }) => status)
}

async function waitsFor({ broker }: Setting, count: number): Promise<void> {
  await expect.poll(() => broker.servers.waits.length, soon).toBe(count)
}

test('workers share a server: one start, one key, one address', async () => {
  const setting = await open()
  const need = setting.tiny.need('shared')
  const [a, b] = await Promise.all([1, 2].map(() => setting.join().client.lease(need)))
  expect(await setting.tiny.started()).toEqual(['shared'])
  expect(a!.address).toEqual(b!.address)
  expect(a!.address.start).toBe(1)
  expect(a!.slots).toBe(3)
  expect(await ask(a!)).toBe(200)
  expect(await ask(b!)).toBe(200)
  expect((await fetch(`${a!.address.url}/v1/models`)).status).toBe(401)
})

test('a worker that dies gives back what it held and what it waited for', async () => {
  const setting = await open({ maxServers: 1 })
  const { tiny } = setting
  const dying = setting.join()
  await dying.client.lease(tiny.need('first'))
  const waiting = dying.client.lease(tiny.need('never'))
  waiting.catch(() => {})
  await waitsFor(setting, 1)
  const other = setting.join().client.lease(tiny.need('second'))
  await waitsFor(setting, 2)
  dying.leave()
  expect(await ask(await other)).toBe(200)
  await expect(waiting).rejects.toMatchObject({ kind: 'internal' })
  expect(await tiny.started()).toEqual(['first', 'second'])
})

test('a lease that is given back makes room, once', async () => {
  const setting = await open({ maxServers: 1 })
  const { tiny } = setting
  const { client } = setting.join()
  const [first, again] = [await client.lease(tiny.need('a')), await client.lease(tiny.need('a'))]
  const other = setting.join().client.lease(tiny.need('b'))
  await waitsFor(setting, 1)
  first.release()
  first.release() // `again` still holds it
  expect(await ask(again)).toBe(200)
  expect(await tiny.started()).toEqual(['a'])
  again.release()
  expect(await ask(await other)).toBe(200)
})

test('an aborted wait rejects at once and leaves nothing behind', async () => {
  const setting = await open({ maxServers: 1 })
  const { tiny } = setting
  const { client } = setting.join()
  const first = await client.lease(tiny.need('first'))
  const abort = new AbortController()
  const waiting = setting.join().client.lease(tiny.need('second'), { signal: abort.signal })
  await waitsFor(setting, 1)
  abort.abort()
  await expect(waiting).rejects.toMatchObject({ kind: 'cancelled', provider: 'tiny' })
  await waitsFor(setting, 0)
  first.release()
  await client.lease(tiny.need('third'))
  expect(await tiny.started()).toEqual(['first', 'third'])
})

test('a wait which could never end, for what the asker itself holds, is an error at once', async () => {
  const setting = await open({ maxServers: 1 })
  const { client } = setting.join()
  const model = await client.lease(setting.tiny.need('model'))
  const judge = client.lease(setting.tiny.need('judge'), { besides: [model] })
  await expect(judge).rejects.toMatchObject({
    kind: 'setup',
    message: expect.stringContaining('tiny/judge'),
  })
})

test('a server that cannot be started is an error with its kind and its provider', async () => {
  const setting = await open()
  const lease = setting.join().client.lease(setting.tiny.need('broken', { exitCode: 3 }))
  await expect(lease).rejects.toMatchObject({
    name: 'AssayError',
    kind: 'setup',
    provider: 'tiny',
    message: expect.stringContaining('this one never works'),
  })
})

test('after a crash each worker learns the new address; the key stays', async () => {
  const setting = await open()
  const need = setting.tiny.need('mortal')
  const [a, b] = [await setting.join().client.lease(need), await setting.join().client.lease(need)]
  const seen = a.address
  process.kill((await setting.tiny.pids())[0]!, 'SIGKILL')
  await Promise.all([a.recover(seen), a.recover(seen), b.recover(seen)])
  expect(await setting.tiny.started()).toEqual(['mortal', 'mortal'])
  for (const lease of [a, b]) {
    expect(lease.address.start).toBe(2)
    expect(await ask(lease)).toBe(200)
  }
  expect(setting.broker.servers.history).toMatchObject([
    { model: 'mortal', starts: 2, crashes: [{ how: 'signal SIGKILL' }] },
  ])
})

test('a lease that was given back cannot be recovered', async () => {
  const setting = await open()
  const lease = await setting.join().client.lease(setting.tiny.need('gone'))
  lease.release()
  await expect(lease.recover(lease.address)).rejects.toMatchObject({ kind: 'cancelled' })
})

test('closing the broker stops the servers, and whoever asks or waits learns that the run is gone', async () => {
  const setting = await open({ maxServers: 1 })
  const { client } = setting.join()
  const lease = await client.lease(setting.tiny.need('first'))
  const waiting = client.lease(setting.tiny.need('second'))
  await waitsFor(setting, 1)
  const refused = expect(waiting).rejects.toMatchObject({ kind: 'internal' })
  await setting.broker.close()
  await refused
  expect((await setting.tiny.pids()).map((pid) => lives(pid))).toEqual([false])
  const gone = /main process of the run is gone/
  await expect(lease.recover(lease.address)).rejects.toThrow(gone)
  await expect(client.lease(setting.tiny.need('third'))).rejects.toThrow(gone)
  lease.release()
})

test('failures of many requests ask about their server once, and one that waits no longer does not', async () => {
  const sent: LeaseMessage[] = []
  const leases = createRemoteLeases((message) => sent.push(message))
  const first = { url: 'http://127.0.0.1:1', start: 1 }
  const second = { url: 'http://127.0.0.1:2', start: 2 }
  await using tiny = await createTinyServers()
  const leasing = leases.lease(tiny.need('asked'))
  leases.receive({ type: 'leased', id: 1, key: null, slots: null, address: first })
  const lease = await leasing
  const abort = new AbortController()
  const impatient = lease.recover(first, abort.signal)
  const patient = [lease.recover(first), lease.recover(first)]
  abort.abort()
  await expect(impatient).rejects.toMatchObject({ kind: 'cancelled' })
  leases.receive({ type: 'recovered', id: 2, address: second })
  await Promise.all(patient)
  await lease.recover(first) // known by now
  expect(sent.map(({ type }) => type)).toEqual(['borrow', 'recover'])
  expect(lease.address).toEqual(second)
})
