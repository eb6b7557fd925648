import { expect, test } from 'vitest'
import type { ErrorKind } from '../../../src/model/error.ts'
import { errorOf, failed, openDesk, pool } from './open-desk.ts'

const two = pool({ keys: ['a', 'b'] })
const mini = pool({ model: 'gpt-5-mini' })
const DAY = 24 * 60 * 60_000

test('no request of a lane goes before the delay that a 429 asks for is over', async () => {
  const { ask, clock, send } = openDesk()
  await send(pool(), failed('rate_limit', 3000))
  const waiting = Array.from({ length: 20 }, () => ask(pool()))
  await clock.pass(2999)
  expect(waiting.filter(({ permit }) => permit)).toEqual([])
  await clock.pass(1)
  expect(waiting.filter(({ permit }) => permit)).toHaveLength(1)
  expect(waiting[0]!.permit).toMatchObject({ queuedMs: 0, cooledMs: 3000 })
})

test('after a cool-down requests go at the pace, not all at once', async () => {
  const { ask, clock, send } = openDesk({ concurrency: { openai: 10 } })
  await send(pool(), failed('rate_limit', 1000))
  const waiting = Array.from({ length: 4 }, () => ask(pool()))
  await clock.pass(2000)
  expect(waiting.map(({ at }) => at)).toEqual([1000, 1100, 1200, 1300])
})

test.each([
  { random: 1, pauses: [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] },
  { random: 0, pauses: [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000] },
])('without a delay from the server the pauses are $pauses', async ({ random, pauses }) => {
  const { clock, nextIn, send } = openDesk({ random: () => random })
  const seen: number[] = []
  while (seen.length < pauses.length) {
    await send(pool(), failed('rate_limit'))
    seen.push(await nextIn(pool()))
    await clock.pass(60_000) // so that the pace is no reason to wait
  }
  expect(seen).toEqual(pauses)
})

test('a success ends the row of ever longer pauses', async () => {
  const { clock, nextIn, send } = openDesk()
  const pauses = []
  for (const failure of ['rate_limit', 'rate_limit', null, 'rate_limit'] as const) {
    await send(pool(), { failure })
    if (failure) pauses.push(await nextIn(pool()))
    await clock.pass(60_000)
  }
  expect(pauses).toEqual([500, 1000, 500])
})

test('what was sent before a 429 does not count for what comes after it', async () => {
  const { clock, get, nextIn, send } = openDesk()
  const held = [await get(pool()), await get(pool())]
  held[1]!.release(failed('rate_limit'))
  held[0]!.release(failed('timeout'))
  await clock.pass(1000)
  await send(pool())
  await clock.pass(1000)
  await send(pool(), failed('rate_limit'))
  expect(await nextIn(pool())).toBe(500)
})

test('requests that were refused together make the pause of one', async () => {
  const { get, nextIn } = openDesk()
  const held = await Promise.all([get(pool()), get(pool()), get(pool())])
  for (const permit of held) permit.release(failed('rate_limit'))
  expect(await nextIn(pool())).toBe(500)
})

test.each([
  { retryAfterMs: 1000, next: 1000 },
  { retryAfterMs: undefined, next: 500 },
])('a 429 of an earlier request with the delay $retryAfterMs extends the pause', async (row) => {
  const { clock, get, nextIn } = openDesk()
  const held = [await get(pool()), await get(pool())]
  held[0]!.release(failed('rate_limit', row.retryAfterMs))
  await clock.pass(400)
  held[1]!.release(failed('rate_limit', row.retryAfterMs))
  expect(await nextIn(pool())).toBe(row.next)
})

test('requests that were refused together cut the pace and the room once', async () => {
  const { ask, clock, get } = openDesk()
  const held = await Promise.all(Array.from({ length: 5 }, () => get(pool())))
  for (const permit of held.slice(1)) permit.release(failed('rate_limit', 1000))
  const waiting = Array.from({ length: 4 }, () => ask(pool()))
  await clock.pass(2000)
  expect(waiting.map(({ at }) => at)).toEqual([1000, 1100, 1200, undefined])
})

test('a shorter delay does not shorten a cool-down', async () => {
  const { get, nextIn } = openDesk()
  const held = [await get(pool()), await get(pool())]
  held[0]!.release(failed('rate_limit', 9000))
  held[1]!.release(failed('rate_limit', 1000))
  expect(await nextIn(pool())).toBe(9000)
})

test.each([
  { retryAfterMs: 400 * DAY, pause: DAY },
  { retryAfterMs: Number.POSITIVE_INFINITY, pause: DAY },
  { retryAfterMs: 0, pause: 500 },
  { retryAfterMs: -5, pause: 500 },
  { retryAfterMs: Number.NaN, pause: 500 },
])('a delay of $retryAfterMs is taken as $pause', async ({ retryAfterMs, pause }) => {
  const { nextIn, send } = openDesk()
  await send(pool(), failed('rate_limit', retryAfterMs))
  expect(await nextIn(pool())).toBe(pause)
})

test('R-28: a 429 cools the model with this key, not other models and not other keys', async () => {
  const { nextIn, send } = openDesk({ keyStrategy: 'sticky' })
  await send(two, failed('rate_limit', 5000))
  expect(await nextIn(pool())).toBe(5000)
  const { nextIn: next, send: sendOther } = openDesk({ keyStrategy: 'sticky' })
  await sendOther(two, failed('rate_limit', 5000))
  expect(await sendOther(two)).toBe(1)
  expect(await next(mini)).toBe(0)
})

test('two models refused at once cool the key until the later of both', async () => {
  const { nextIn, get } = openDesk()
  const held = [await get(pool()), await get(mini)]
  held[0]!.release(failed('rate_limit', 3000))
  held[1]!.release(failed('rate_limit', 1000))
  expect(await nextIn(pool({ model: 'third' }))).toBe(3000)
})

test('two models refused one after the other cool the key no more than each', async () => {
  const { clock, nextIn, send } = openDesk()
  await send(pool(), failed('rate_limit', 1000))
  await clock.pass(1000)
  await send(mini, failed('rate_limit', 1000))
  expect(await nextIn(pool({ model: 'third' }))).toBe(0)
  expect(await nextIn(pool())).toBe(0)
})

test.each(['quota', 'server'] as const)(
  'a pause for %s is no sign that a key is busy',
  async (kind) => {
    const { nextIn, send } = openDesk()
    await send(pool(), failed(kind, 3000))
    await send(mini, failed('rate_limit', 1000))
    expect(await nextIn(pool({ model: 'third' }))).toBe(0)
  },
)

test('a key that is refused again and again rests longer where there is another', async () => {
  const { clock, desk, get, send } = openDesk({ keyStrategy: 'round-robin' })
  const rests = []
  for (let i = 0; i < 6; i++) {
    const permit = await get(two, { avoid: 1 })
    permit.release(failed('rate_limit'))
    const start = clock.time
    const cool = desk.keyState().providers['openai']!['a']!.models['gpt-5']!.coolsUntil!
    rests.push(cool - start)
    expect(await send(two)).toBe(1)
    await clock.pass(200_000)
  }
  expect(rests).toEqual([500, 10_000, 30_000, 60_000, 120_000, 120_000])
})

test('a key whose others are all retired does not rest that long', async () => {
  const { clock, nextIn, send } = openDesk({ keyStrategy: 'sticky' })
  await send(two, failed('auth'))
  const pauses = []
  for (let i = 0; i < 3; i++) {
    await send(two, failed('rate_limit'))
    pauses.push(await nextIn(two))
    await clock.pass(60_000)
  }
  expect(pauses).toEqual([500, 1000, 2000])
})

test('the delay of the server goes before the rests', async () => {
  const { clock, desk, get } = openDesk()
  for (let i = 0; i < 3; i++) {
    const permit = await get(two, { avoid: 1 })
    permit.release(failed('rate_limit', 700))
    const lane = desk.keyState().providers['openai']!['a']!.models['gpt-5']
    expect(lane!.coolsUntil! - clock.time).toBe(700)
    await clock.pass(60_000)
  }
})

test('a server that is overloaded is left alone for as long as it asks', async () => {
  const { nextIn, send } = openDesk()
  await send(pool(), failed('server', 4000))
  expect(await nextIn(pool())).toBe(4000)
  expect(await nextIn(mini)).toBe(0)
})

const neutral: readonly ErrorKind[] = [
  'not_found',
  'invalid_request',
  'context_window',
  'content_filter',
  'timeout',
  'network',
  'server',
  'parse',
  'cancelled',
  'setup',
  'config',
  'internal',
]

test.each(neutral)('after %s the next request goes at once, with the same key', async (kind) => {
  const { nextIn, send } = openDesk({ keyStrategy: 'sticky' })
  await send(two, failed(kind))
  expect(await nextIn(two)).toBe(0)
  expect(await send(two)).toBe(0)
})

test.each<{
  kind: ErrorKind
  retryAfterMs?: number
  model: number | string
  other: number | string
}>([
  { kind: 'rate_limit', retryAfterMs: 2000, model: 2000, other: 0 },
  { kind: 'quota', retryAfterMs: 2000, model: 2000, other: 0 },
  { kind: 'quota', model: 'quota', other: 0 },
  { kind: 'forbidden', retryAfterMs: 2000, model: 'forbidden', other: 0 },
  { kind: 'forbidden', model: 'forbidden', other: 0 },
  { kind: 'auth', retryAfterMs: 2000, model: 'auth', other: 'auth' },
  { kind: 'auth', model: 'auth', other: 'auth' },
])('$kind (delay $retryAfterMs): its model $model, another model $other', async (row) => {
  const outcome = async (of: typeof mini) => {
    const { ask, clock, send } = openDesk()
    await send(pool(), failed(row.kind, row.retryAfterMs))
    const asked = ask(of)
    await clock.pass(10_000)
    return asked.error?.kind ?? asked.at
  }
  expect([await outcome(pool()), await outcome(mini)]).toEqual([row.model, row.other])
})

test('a model with no key in time is told at once, and when the next would be free', async () => {
  const { ask, clock, send } = openDesk()
  await send(pool(), failed('rate_limit', 5000))
  const [short, none, long] = [{ patienceMs: 3000 }, { patienceMs: 0 }, { patienceMs: 5000 }].map(
    (over) => ask(pool(), over),
  )
  await clock.pass(0)
  expect(errorOf(short!)).toEqual({
    kind: 'rate_limit',
    message:
      'openai: the rate limit is reached: next available in 5s, and the request has only 3s left.',
  })
  expect(short!.error).toMatchObject({ retryAfterMs: 5000, provider: 'openai' })
  expect(none!.error?.message).toBe('openai: the rate limit is reached: next available in 5s.')
  expect(long!.at).toBeUndefined()
  await clock.pass(5000)
  expect(long!.permit).toMatchObject({ cooledMs: 5000, queuedMs: 0 })
})

test('who has no patience left is not refused for a cool-down that is over', async () => {
  const { ask, clock, send } = openDesk()
  await send(pool(), failed('rate_limit', 1000))
  await clock.pass(1002)
  const asked = ask(pool(), { patienceMs: -10 })
  await clock.pass(0)
  expect(asked.permit).toMatchObject({ cooledMs: 0 })
})

test('a quota that comes back later is told as one', async () => {
  const { ask, clock, send } = openDesk()
  await send(pool(), failed('quota', 3 * 60 * 60_000))
  const asked = ask(pool(), { patienceMs: 60_000 })
  await clock.pass(0)
  expect(errorOf(asked)).toEqual({
    kind: 'quota',
    message:
      'openai: the quota is used up: next available in 3h, and the request has only 60s left.',
  })
})

test('of several keys that cool the soonest counts', async () => {
  const { ask, clock, get } = openDesk()
  const held = [await get(two), await get(two)]
  held[0]!.release(failed('rate_limit', 9000))
  held[1]!.release(failed('rate_limit', 2000))
  const [short, long] = [ask(two, { patienceMs: 1999 }), ask(two, { patienceMs: 2000 })]
  await clock.pass(2000)
  expect(short.error?.message).toContain('next available in 2s')
  expect(long.permit).toMatchObject({ key: 1, cooledMs: 2000 })
})

test('who waits is told when a cool-down grows beyond its patience, all its cool-downs counted', async () => {
  const { ask, clock, get } = openDesk()
  const held = [await get(pool()), await get(pool())]
  held[0]!.release(failed('rate_limit', 2000))
  const asked = [4000, 4499, 4500].map((patienceMs) => ask(pool(), { patienceMs }))
  await clock.pass(1500)
  expect(asked.map(({ at }) => at)).toEqual([undefined, undefined, undefined])
  held[1]!.release(failed('rate_limit', 3000))
  await clock.pass(0)
  expect(asked.map(({ error }) => error?.kind)).toEqual(['rate_limit', 'rate_limit', undefined])
  await clock.pass(3000)
  expect(asked[2]!.permit).toMatchObject({ cooledMs: 4500 })
})

test('the time in the queue is told apart from cool-downs, and only the latter use up patience', async () => {
  const { ask, clock, get } = openDesk({ concurrency: { openai: 1 } })
  const held = await get(two)
  const asked = ask(two, { patienceMs: 1500 })
  await clock.pass(4000)
  held.release(failed('rate_limit', 1000))
  await clock.pass(0)
  expect(asked.permit).toMatchObject({ key: 1, queuedMs: 4000, cooledMs: 0 })

  const last = ask(two, { patienceMs: 1500 })
  await clock.pass(300)
  asked.permit!.release(failed('rate_limit', 1000))
  await clock.pass(5000)
  expect(last.permit).toMatchObject({ key: 0, queuedMs: 300, cooledMs: 700 })
})
