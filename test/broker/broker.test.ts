import { connect } from 'node:net'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { type Broker, type BrokerOptions, startBroker } from '../../src/broker/broker.ts'
import { type BrokerClient, connectTo } from '../../src/broker/client.ts'
import type { AssayError } from '../../src/model/error.ts'
import type { PermitPool, PermitRequest } from '../../src/model/permit.ts'

const pool: PermitPool = { provider: 'acme', model: 'small', keys: ['k1'] }
const request: PermitRequest = { pool, tokens: 10, patienceMs: 60_000, again: false }

interface Desk {
  readonly broker: Broker
  /** A worker of its own. */
  join(): { client: BrokerClient; leave(): void }
}

async function open(options: BrokerOptions = {}): Promise<Desk> {
  const broker = await startBroker(options)
  onTestFinished(() => broker.close())
  return {
    broker,
    join() {
      const { client, socket } = connectTo(broker.address)
      onTestFinished(() => void socket.destroy())
      return { client, leave: () => void socket.destroy() }
    },
  }
}

function inFlight({ broker }: Desk): number {
  return broker.desk.inFlight().providers['acme'] ?? 0
}

test('workers share the permits of a provider', async () => {
  const desk = await open({ concurrency: { acme: 1 } })
  const [a, b] = [desk.join().client, desk.join().client]
  const first = await a.acquire(request)
  expect(first.key).toBe(0)
  let isGranted = false
  const second = b.acquire(request).then((permit) => {
    isGranted = true
    return permit
  })
  await expect.poll(() => desk.broker.desk.waits()[0]?.waiting).toBe(1)
  expect(isGranted).toBe(false)
  first.release({ failure: null })
  first.release({ failure: null }) // a second call does nothing
  const permit = await second
  expect(inFlight(desk)).toBe(1)
  permit.release({ failure: null })
  await expect.poll(() => inFlight(desk)).toBe(0)
})

test('a worker that dies gives back what it held and what it waited for', async () => {
  const desk = await open({ concurrency: { acme: 1 } })
  const dying = desk.join()
  await dying.client.acquire(request)
  const waiting = dying.client.acquire(request)
  waiting.catch(() => {})
  const other = desk.join().client.acquire(request)
  await expect.poll(() => desk.broker.desk.waits()[0]?.waiting).toBe(2)
  dying.leave()
  ;(await other).release({ failure: null })
  await expect(waiting).rejects.toMatchObject({ kind: 'internal' })
  await expect.poll(() => inFlight(desk)).toBe(0)
  expect(desk.broker.desk.waits()).toEqual([])
})

test('an aborted wait leaves nothing behind, also when the permit is on its way', async () => {
  const desk = await open({ concurrency: { acme: 1 } })
  const { client } = desk.join()
  for (let i = 0; i < 50; i++) {
    const abort = new AbortController()
    const call = client.acquire({ ...request, signal: abort.signal })
    if (i % 2 === 0) await new Promise(setImmediate)
    abort.abort()
    await call.then(
      (permit) => permit.release({ failure: 'cancelled' }),
      (error: AssayError) => expect(error.kind).toBe('cancelled'),
    )
  }
  const permit = await client.acquire(request)
  expect(inFlight(desk)).toBe(1)
  permit.release({ failure: null })
  await expect.poll(() => inFlight(desk)).toBe(0)
})

test('a refusal comes with its kind', async () => {
  const desk = await open()
  const { client } = desk.join()
  const permit = await client.acquire(request)
  permit.release({ failure: 'auth' })
  await expect(client.acquire(request)).rejects.toMatchObject({ kind: 'auth', provider: 'acme' })
})

test('once the budget is spent every worker knows, also one that comes later', async () => {
  const desk = await open({ budget: { usd: 1 } })
  const { client } = desk.join()
  client.spend({ model: 'acme/m', usd: 0.5, tokens: 10 })
  client.spend({ model: 'acme/m', usd: 0.5, tokens: 10 })
  await expect.poll(() => client.spent).toBe('the budget of $1 is spent')
  const late = desk.join().client
  await expect.poll(() => late.spent).toBe('the budget of $1 is spent')
  expect(desk.broker.spending).toMatchObject({ usd: 1, tokens: 20 })
})

test('a model without a price is named once, and only where dollars are counted', async () => {
  const notices: string[] = []
  const desk = await open({ budget: { usd: 1 }, notice: (line) => notices.push(line) })
  const { client } = desk.join()
  client.spend({ model: 'acme/b', usd: null, tokens: null })
  client.spend({ model: 'acme/a', usd: null, tokens: 10 })
  client.spend({ model: 'acme/a', usd: null, tokens: 10 })
  await expect.poll(() => desk.broker.spending.tokens).toBe(20)
  expect(notices).toEqual([
    'The budget of $1 does not hold for acme/b: its server reports no usage.',
    'The budget of $1 does not hold for acme/a: its price is unknown. Give evals({ prices }), or a budget of tokens.',
  ])
})

test('the latest word on an eval is its progress', async () => {
  const desk = await open()
  const { client } = desk.join()
  for (let rows = 1; rows <= 100; rows++) client.report('e1', rows, 1)
  await expect.poll(() => desk.broker.progress.get('e1')).toMatchObject({ rows: 100, errors: 1 })
})

test('what is no message of ours ends its connection, and nothing else', async () => {
  const desk = await open()
  const stranger = connect(desk.broker.address)
  await once(stranger, 'connect')
  const closed = once(stranger, 'close')
  stranger.write('GET / HTTP/1.1\r\n\r\n')
  await closed
  const permit = await desk.join().client.acquire(request)
  permit.release({ failure: null })
})

test('closing the broker refuses who waits, and takes its folder away', async () => {
  const desk = await open({ concurrency: { acme: 1 } })
  const { client } = desk.join()
  await client.acquire(request)
  const waiting = client.acquire(request)
  await desk.broker.close()
  await expect(waiting).rejects.toMatchObject({ kind: 'internal' })
  await expect(client.acquire(request)).rejects.toMatchObject({ kind: 'internal' })
  expect(existsSync(desk.broker.address)).toBe(false)
})
