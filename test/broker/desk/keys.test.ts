import { expect, test } from 'vitest'
import type { DeskOptions } from '../../../src/broker/desk.ts'
import type { ErrorKind } from '../../../src/model/error.ts'
import { errorOf, failed, openDesk, pool } from './open-desk.ts'

const three = pool({ keys: ['a', 'b', 'c'] })
const strategies = ['least-used', 'round-robin', 'sticky'] as const

async function places(options: DeskOptions, count: number): Promise<number[]> {
  const { clock, send } = openDesk(options)
  const keys = []
  for (let i = 0; i < count; i++) {
    keys.push(await send(three))
    await clock.pass(100)
  }
  return keys
}

test.each([
  { keyStrategy: 'least-used', keys: [0, 1, 2, 0, 1, 2, 0] },
  { keyStrategy: 'round-robin', keys: [0, 1, 2, 0, 1, 2, 0] },
  { keyStrategy: 'sticky', keys: [0, 0, 0, 0, 0, 0, 0] },
] as const)('$keyStrategy takes the keys $keys', async ({ keyStrategy, keys }) => {
  expect(await places({ keyStrategy }, 7)).toEqual(keys)
})

test('R-23: 30 requests one after the other use each of three keys ten times', async () => {
  const keys = await places({}, 30)
  expect([0, 1, 2].map((key) => keys.filter((one) => one === key).length)).toEqual([10, 10, 10])
})

test('the least used is the one with the fewest successes and requests in flight for the model', async () => {
  const { get, send } = openDesk()
  expect(await send(three)).toBe(0)
  const [b, c] = [await get(three), await get(three)]
  expect([b.key, c.key]).toEqual([1, 2])
  b.release(failed('parse'))
  expect(await send(three)).toBe(1)
  for (let i = 0; i < 5; i++) await send({ ...three, model: 'other' })
  c.release(failed('parse'))
  expect(await send(three)).toBe(2)
  expect(await send(three)).toBe(0)
})

test('requests in flight count as uses', async () => {
  const { get } = openDesk()
  const two = pool({ keys: ['a', 'b'] })
  await get(two, { avoid: 1 })
  await get(two, { avoid: 1 })
  const keys = [await get(two), await get(two), await get(two)].map(({ key }) => key)
  expect(keys).toEqual([1, 1, 0])
})

test.each(strategies)(
  '%s takes no key that is full while another has room',
  async (keyStrategy) => {
    const { ask, clock, desk } = openDesk({ keyStrategy })
    for (let i = 0; i < 40; i++) ask({ ...three, local: true })
    await clock.pass(0)
    expect(desk.inFlight().keys).toEqual({ 'openai#1': 10, 'openai#2': 10, 'openai#3': 10 })
  },
)

test.each([
  { keyStrategy: 'least-used', next: [1, 2, 1] },
  { keyStrategy: 'round-robin', next: [1, 2, 1] },
  { keyStrategy: 'sticky', next: [1, 1, 1] },
] as const)('$keyStrategy takes $next while the first key cools', async ({ keyStrategy, next }) => {
  const { send } = openDesk({ keyStrategy })
  await send(three, failed('rate_limit', 60_000))
  expect([await send(three), await send(three), await send(three)]).toEqual(next)
})

test('the key to avoid is taken only when there is no other', async () => {
  for (const keyStrategy of strategies) {
    const { get } = openDesk({ keyStrategy })
    const keys = []
    for (let i = 0; i < 15; i++) {
      const { key } = await get(three, { avoid: 0 })
      keys.push(key)
    }
    expect(keys.slice(0, 10)).not.toContain(0) // each new key may send five at once
    expect(keys.slice(10)).toEqual([0, 0, 0, 0, 0])
  }
})

test.each(strategies)('%s never waits for a key while another could go', async (keyStrategy) => {
  const { ask, clock } = openDesk({ keyStrategy })
  const asked = Array.from({ length: 18 }, () => ask(three))
  await clock.pass(50)
  const at = asked.map((one) => one.at)
  expect(at).toEqual([...Array.from({ length: 15 }, () => 0), 50, 50, 50])
  const used = asked.map(({ permit }) => permit!.key)
  expect([0, 1, 2].map((key) => used.filter((one) => one === key).length)).toEqual([6, 6, 6])
})

test('a server without keys is one key, of place -1', async () => {
  const { ask, clock, get, send } = openDesk()
  const keyless = pool({ provider: 'vllm', keys: [] })
  expect((await get(keyless)).key).toBe(-1)
  await send(keyless, failed('auth'))
  const asked = ask(keyless)
  await clock.pass(0)
  expect(errorOf(asked)).toEqual({
    kind: 'auth',
    message: 'vllm: no key is left: a request without a key was refused (401).',
  })
})

test('a key that was refused is not used again, by any model', async () => {
  const { send } = openDesk({ keyStrategy: 'round-robin' })
  await send(three, failed('auth'))
  const keys = []
  for (const model of ['gpt-5', 'other', 'gpt-5', 'other'])
    keys.push(await send({ ...three, model }))
  expect(keys).not.toContain(0)
})

test.each<{ kinds: readonly ErrorKind[]; kind: ErrorKind; message: string }>([
  {
    kinds: ['auth', 'auth', 'auth'],
    kind: 'auth',
    message:
      'openai: no key is left: openai#1 was refused (401), openai#2 was refused (401), openai#3 was refused (401).',
  },
  {
    kinds: ['auth', 'forbidden', 'auth'],
    kind: 'forbidden',
    message:
      'openai: no key is left: openai#1 was refused (401), openai#2 may not use gpt-5 (403), openai#3 was refused (401).',
  },
  {
    kinds: ['forbidden', 'quota', 'auth'],
    kind: 'quota',
    message:
      'openai: no key is left: openai#1 may not use gpt-5 (403), openai#2 has no quota left, openai#3 was refused (401).',
  },
])('when $kinds have retired all keys the error is $kind', async ({ kinds, kind, message }) => {
  const { ask, clock, send } = openDesk()
  for (const failure of kinds) await send(three, { failure })
  const asked = ask(three)
  await clock.pass(0)
  expect(errorOf(asked)).toEqual({ kind, message })
  expect(JSON.stringify(asked.error)).not.toContain('"a"')
})

test('who waits learns at once that the last key was retired', async () => {
  const { ask, clock, get } = openDesk({ concurrency: { openai: 1 } })
  const held = await get(pool())
  const waiting = [ask(pool()), ask(pool())]
  held.release(failed('auth'))
  await clock.pass(0)
  expect(waiting.map(({ error }) => error?.kind)).toEqual(['auth', 'auth'])
})

test('a key that cools is waited for when the others are retired', async () => {
  const { ask, clock, send } = openDesk()
  await send(three, failed('auth'))
  await send(three, failed('quota'))
  await send(three, failed('rate_limit', 5000))
  const [short, long] = [ask(three, { patienceMs: 100 }), ask(three)]
  await clock.pass(5000)
  expect([short.error?.kind, long.permit?.key, long.at]).toEqual(['rate_limit', 2, 5000])
})

test('pools with other keys share those that they have in common', async () => {
  const { ask, clock, send } = openDesk()
  await send(pool({ keys: ['b'] }), failed('auth'))
  const asked = ask(pool({ keys: ['a', 'b'] }), { avoid: 0 })
  await clock.pass(0)
  expect(asked.permit?.key).toBe(0)
})

test('a key that nothing is known of is tried with one request, so a dead one costs one', async () => {
  const { ask, clock } = openDesk({ keyState: undefined })
  const asked = Array.from({ length: 12 }, () => ask(three))
  await clock.pass(60_000)
  const granted = asked.filter(({ permit }) => permit)
  expect(granted.map(({ permit }) => permit!.key)).toEqual([0, 1, 2])
  granted[0]!.permit!.release({ failure: 'auth' })
  granted[1]!.permit!.release({ failure: 'timeout' }) // that says nothing yet
  granted[2]!.permit!.release({ failure: 'invalid_request' }) // the key was taken
  await clock.pass(60_000)
  const rest = asked.slice(3).map(({ permit }) => permit!.key)
  expect(rest.toSorted((a, b) => a - b)).toEqual([1, ...Array<number>(8).fill(2)])
})

test('a single key is not tried first, nor the last one that is left', async () => {
  const { ask, send, clock } = openDesk({ keyState: undefined })
  const two = pool({ model: 'other', keys: ['x', 'y'] })
  await send(two, failed('auth'))
  const asked = [ask(pool()), ask(pool()), ask(two), ask(two)]
  await clock.pass(1000)
  expect(asked.every(({ permit }) => permit)).toBe(true)
})
