import { expect, test } from 'vitest'
import type { KeyState } from '../../../src/broker/desk/key-memory.ts'
import { failed, type OpenDesk, openDesk, pool } from './open-desk.ts'

const two = pool({ keys: ['id-a', 'id-b'] })
const HOUR = 60 * 60_000

/** What the next run gets, after it went through a file. */
function copy(state: KeyState): KeyState {
  return JSON.parse(JSON.stringify(state))
}

function openLater(keyState: KeyState, time: number): OpenDesk {
  return openDesk({ keyState }, time)
}

test('a cool-down outlives the run', async () => {
  const first = openDesk({ keyState: undefined })
  await first.send(two, failed('rate_limit', HOUR))
  const state = copy(first.desk.keyState())
  expect((await openDesk({ keyState: undefined }).get(two)).key).toBe(0)
  const next = openLater(state, HOUR / 6)
  expect([await next.send(two), await next.send(two)]).toEqual([1, 1])
  expect(await next.nextIn(pool({ keys: ['id-a'] }))).toBe((HOUR * 5) / 6)
})

test('a quota that comes back later is known as one in the next run', async () => {
  const first = openDesk({ keyState: undefined })
  await first.send(pool(), failed('quota', HOUR))
  const next = openLater(copy(first.desk.keyState()), 1000)
  const asked = next.ask(pool(), { patienceMs: 1000 })
  await next.clock.pass(0)
  expect(asked.error).toMatchObject({ kind: 'quota', retryAfterMs: HOUR - 1000 })
})

test('the cool-down of a whole key outlives the run', async () => {
  const first = openDesk({ keyState: undefined })
  const held = [await first.get(pool()), await first.get(pool({ model: 'mini' }))]
  for (const permit of held) permit.release(failed('rate_limit', HOUR))
  const next = openLater(copy(first.desk.keyState()), 1000)
  expect(await next.nextIn(pool({ model: 'third' }))).toBe(HOUR - 1000)
})

test('what a key was refused for is tried anew in the next run', async () => {
  const first = openDesk({ keyState: undefined })
  await first.send(two, failed('auth'))
  await first.send(two, failed('quota'))
  const next = openLater(copy(first.desk.keyState()), 1000)
  expect([await next.send(two), await next.send(two)]).toEqual([0, 1])
})

test('the successes of an earlier run count for a day', async () => {
  const first = openDesk({ keyState: undefined })
  for (let i = 0; i < 4; i++) await first.send(pool({ keys: ['id-a'] }))
  await first.send(pool({ keys: ['id-b'] }))
  const state = copy(first.desk.keyState())
  const sameDay = openLater(state, 23 * HOUR)
  const keys = []
  for (let i = 0; i < 3; i++) keys.push(await sameDay.send(two))
  expect(keys).toEqual([1, 1, 1])
  const nextDay = openLater(state, 24 * HOUR)
  expect([await nextDay.send(two), await nextDay.send(two)]).toEqual([0, 1])
  const later = openLater(copy(nextDay.desk.keyState()), 47 * HOUR)
  expect([await later.send(two), await later.send(two)]).toEqual([0, 1])
})

test('what is known of keys that this run did not use is kept', async () => {
  const first = openDesk({ keyState: undefined })
  await first.send(pool({ provider: 'groq', keys: ['id-g'] }), failed('rate_limit', HOUR))
  await first.send(pool({ model: 'x', keys: ['id-a'] }), failed('rate_limit', HOUR))
  const second = openLater(copy(first.desk.keyState()), 1000)
  await second.send(pool({ model: 'y', keys: ['id-a'] }))
  expect(copy(second.desk.keyState())).toEqual({
    version: 1,
    since: 0,
    providers: {
      groq: {
        'id-g': {
          models: { 'gpt-5': { successes: 0, coolsUntil: HOUR, coolsFor: 'rate_limit' } },
        },
      },
      openai: {
        'id-a': {
          models: {
            x: { successes: 0, coolsUntil: HOUR, coolsFor: 'rate_limit' },
            y: { successes: 1 },
          },
        },
      },
    },
  })
})

test('an absurd cool-down in what is known is taken as a day', async () => {
  const models = { 'gpt-5': { successes: 0, coolsUntil: 1e15 } }
  const keyState = { version: 1, since: 0, providers: { openai: { a: { models } } } } as const
  expect(await openDesk({ keyState }).nextIn(pool())).toBe(24 * HOUR)
})

test('the time of a cool-down is that of the wall, though the clock was put back', async () => {
  const { clock, desk, send } = openDesk({ keyState: undefined })
  clock.time = 10 * HOUR
  await send(pool())
  clock.time = 9 * HOUR
  await send(pool({ model: 'x' }), failed('rate_limit', 1000))
  const [lane] = Object.values(desk.keyState().providers['openai']!['a']!.models).slice(-1)
  expect(lane!.coolsUntil).toBe(9 * HOUR + 1000)
})

test('a server without keys leaves nothing', async () => {
  const { desk, send } = openDesk({ keyState: undefined })
  await send(pool({ provider: 'vllm', keys: [] }), failed('rate_limit', HOUR))
  expect(desk.keyState().providers).toEqual({ vllm: {} })
})
