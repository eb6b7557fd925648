import { expect, test } from 'vitest'
import type { Limits } from '../../../src/model/permit.ts'
import { type Asked, openDesk, pool } from './open-desk.ts'
import { seeded } from '../../support/seeded.ts'

const two = pool({ keys: ['a', 'b'], local: true })
const one = pool({ local: true })
const mini = { ...one, model: 'gpt-5-mini' }
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** When each of so many requests is sent that are asked for at once, in minutes. */
async function minutes(
  limits: Record<string, Limits>,
  pools: readonly (typeof one)[],
  count: number,
) {
  const { ask, clock } = openDesk({ limits, concurrency: { default: 1000 } })
  const asked: Asked[] = []
  for (let i = 0; i < count; i++) for (const of of pools) asked.push(ask(of, { tokens: 10 }))
  await clock.pass(48 * HOUR, () => asked.every(({ at }) => at !== undefined))
  return asked.map(({ at }) => at! / MINUTE)
}

test.each<{ what: string; limits: Record<string, Limits>; pools: (typeof one)[]; sent: number[] }>([
  { what: 'no limit', limits: {}, pools: [one], sent: [0, 0, 0, 0, 0, 0] },
  {
    what: 'rpm of a provider',
    limits: { openai: { rpm: 2 } },
    pools: [one],
    sent: [0, 0, 1, 1, 2, 2],
  },
  {
    what: 'rpm of a provider, for each of two keys',
    limits: { openai: { rpm: 1 } },
    pools: [two],
    sent: [0, 0, 1, 1, 2, 2],
  },
  {
    what: 'rpm of a provider, for two models together',
    limits: { openai: { rpm: 2 } },
    pools: [one, mini],
    sent: [0, 0, 1, 1, 2, 2],
  },
  {
    what: 'rpm of a model, over two keys',
    limits: { 'openai/gpt-5': { rpm: 2 } },
    pools: [two],
    sent: [0, 0, 1, 1, 2, 2],
  },
  {
    what: 'rpm of another model',
    limits: { 'openai/other': { rpm: 2 } },
    pools: [one],
    sent: [0, 0, 0, 0, 0, 0],
  },
  {
    what: 'rpm of all providers but those that have their own',
    limits: { default: { rpm: 1 }, groq: { rpm: 3 } },
    pools: [one, { ...one, provider: 'groq' }],
    sent: [0, 0, 1, 0, 2, 0],
  },
  {
    what: 'rpm of a pool',
    limits: {},
    pools: [{ ...one, limits: { rpm: 3 } }],
    sent: [0, 0, 0, 1, 1, 1],
  },
  {
    what: 'tpm, ten tokens each',
    limits: { openai: { tpm: 25 } },
    pools: [one],
    sent: [0, 0, 1, 1, 2, 2],
  },
  {
    what: 'rpd',
    limits: { openai: { rpd: 4 } },
    pools: [one],
    sent: [0, 0, 0, 0, 24 * 60, 24 * 60],
  },
  {
    what: 'rpm and tpm',
    limits: { openai: { rpm: 3, tpm: 20 } },
    pools: [one],
    sent: [0, 0, 1, 1, 2, 2],
  },
  {
    what: 'tpm, less than one request needs',
    limits: { openai: { tpm: 5 } },
    pools: [one],
    sent: [0, 1, 2, 3, 4, 5],
  },
])('with $what requests go in the minutes $sent', async ({ limits, pools, sent }) => {
  expect(await minutes(limits, pools, 6 / pools.length)).toEqual(sent)
})

test.each([1, 2, 3])('in no 60 seconds go more than rpm requests (seed %i)', async (seed) => {
  const random = seeded(seed)
  const { askThen, clock } = openDesk({ limits: { openai: { rpm: 30 } } })
  const sent: number[] = []
  for (let i = 0; i < 400; i++) {
    askThen(one, (permit) => {
      sent.push(clock.time)
      void clock.sleep(random() * 3000).then(() => permit.release({ failure: null }))
    })
    await clock.pass(random() * 2500)
  }
  await clock.pass(HOUR)
  expect(sent).toHaveLength(400)
  const fullest = Math.max(
    ...sent.map((at) => sent.filter((b) => b >= at && b < at + MINUTE).length),
  )
  expect(fullest).toBe(30)
})

test('tokens are reserved by the estimate, and corrected when the response says how many', async () => {
  const { ask, clock, get } = openDesk({ limits: { openai: { tpm: 100, rpd: 1000 } } })
  const first = await get(one, { tokens: 80 })
  const second = ask(one, { tokens: 60 })
  await clock.pass(1000)
  expect(second.permit).toBeUndefined()
  first.release({ failure: null, tokens: 30 })
  await clock.pass(0)
  expect(second.at).toBe(1000)
  second.permit!.release({ failure: null, tokens: 95 })
  const third = ask(one, { tokens: 10 })
  await clock.pass(2 * MINUTE)
  expect(third.at).toBe(MINUTE + 1000)
})

test('without a word on tokens the estimate stays', async () => {
  const { ask, clock, get } = openDesk({ limits: { openai: { tpm: 100 } } })
  const first = await get(one, { tokens: 80 })
  first.release({ failure: 'server' })
  const second = ask(one, { tokens: 60 })
  await clock.pass(2 * MINUTE)
  expect(second.at).toBe(MINUTE)
})

test('who waits for a limit is not let in earlier by a clock that is put back, nor held up for long', async () => {
  const { ask, clock, send } = openDesk({ limits: { openai: { rpm: 1 } } })
  clock.time = 10 * HOUR
  await send(one)
  clock.time = 9 * HOUR
  const [asked, behind] = [ask(one), ask(one)]
  await clock.pass(MINUTE - 1)
  expect(asked.at).toBeUndefined()
  await clock.pass(MINUTE)
  expect(asked.at).toBe(9 * HOUR + MINUTE)
  clock.time += HOUR
  await clock.pass(MINUTE)
  expect(behind.permit).toBeDefined()
})

test('a large request at the front is not overtaken by small ones of its model', async () => {
  const { ask, clock, send } = openDesk({ limits: { openai: { tpm: 100 } } })
  await send(one, { tokens: 50 })
  const [large, small] = [ask(one, { tokens: 90 }), ask(one, { tokens: 1 })]
  await clock.pass(MINUTE - 1)
  expect([large.at, small.at]).toEqual([undefined, undefined])
  await clock.pass(1)
  expect([large.at, small.at]).toEqual([MINUTE, MINUTE])
})

test('the limit of one key does not hold up the others', async () => {
  const { ask, clock } = openDesk({ limits: { openai: { rpm: 1 } } })
  const asked = [ask(two), ask(two), ask(two)]
  await clock.pass(MINUTE)
  expect(asked.map(({ at }) => at)).toEqual([0, 0, MINUTE])
  expect(asked.map(({ permit }) => permit!.key).slice(0, 2)).toEqual([0, 1])
})

test('pools of one model that bring other limits are held to the lowest', async () => {
  const { ask, clock } = openDesk()
  const asked = [3, 2, 4].flatMap((rpm) => {
    const of = { ...one, limits: { rpm } }
    return [ask(of), ask(of)]
  })
  await clock.pass(0)
  expect(asked.filter(({ permit }) => permit)).toHaveLength(2)
})
