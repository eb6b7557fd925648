import { expect, test } from 'vitest'
import { createDesk, type DeskOptions } from '../../../src/broker/desk.ts'
import type { Limits, Permit, PermitPool } from '../../../src/model/permit.ts'
import { failed, openDesk, pool } from './open-desk.ts'

const local = pool({ provider: 'ollama', local: true, keys: [] })

/** How many of 150 requests to each pool are in flight at once. */
async function mostInFlight(
  options: DeskOptions,
  ...pools: readonly PermitPool[]
): Promise<number> {
  const { ask, clock, desk } = openDesk(options)
  for (let i = 0; i < 150; i++) for (const one of pools) ask({ ...one, local: true })
  await clock.pass(0)
  return sum(desk.inFlight().providers)
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

const keys = ['a', 'b', 'c']

test('a number holds over all keys and all models of a provider', async () => {
  const pools = ['x', 'y', 'z'].map((model) => pool({ model, keys }))
  expect(await mostInFlight({ concurrency: { openai: 7 } }, ...pools)).toBe(7)
})

test('each provider has a number of its own', async () => {
  const pools = [pool(), pool({ provider: 'groq' })]
  expect(await mostInFlight({ concurrency: { openai: 7, default: 3 } }, ...pools)).toBe(10)
})

test.each<{ options: DeskOptions; most: number }>([
  { options: { concurrency: { openai: 1, default: 2 } }, most: 1 },
  { options: { concurrency: { default: 2 } }, most: 2 },
  { options: { limits: { openai: { concurrency: 3 } } }, most: 3 },
  { options: { limits: { default: { concurrency: 4 } } }, most: 4 },
  { options: { concurrency: { openai: 1 }, limits: { openai: { concurrency: 3 } } }, most: 1 },
  { options: { concurrency: { default: 2 }, limits: { openai: { concurrency: 3 } } }, most: 3 },
  { options: { concurrency: { default: 2 }, limits: { default: { concurrency: 4 } } }, most: 2 },
  { options: { limits: { default: { concurrency: 4 }, openai: { rpm: 100 } } }, most: 4 },
  { options: { limits: { 'openai/gpt-5': { concurrency: 5 } } }, most: 5 },
  {
    options: { concurrency: { openai: 6 }, limits: { 'openai/gpt-5': { concurrency: 5 } } },
    most: 5,
  },
  { options: { limits: { 'openai/gpt-5': { concurrency: 140 } } }, most: 140 },
])('of $options the limit is $most', async ({ options, most }) => {
  expect(await mostInFlight(options, pool())).toBe(most)
})

test.each<{ own: Limits; configured: Limits; most: number }>([
  { own: { concurrency: 4 }, configured: {}, most: 4 },
  { own: { concurrency: 4 }, configured: { concurrency: 6 }, most: 4 },
  { own: { concurrency: 8 }, configured: { concurrency: 6 }, most: 6 },
])("of a model's own $own and the configured $configured the lower holds", async (row) => {
  const options = { limits: { 'openai/gpt-5': row.configured } }
  expect(await mostInFlight(options, pool({ keys, limits: row.own }))).toBe(row.most)
})

test('a limit of one model is none of another', async () => {
  const options = { limits: { 'openai/x': { concurrency: 4 } } }
  const pools = [pool({ model: 'x' }), pool({ model: 'y' })]
  expect(await mostInFlight(options, ...pools)).toBe(4 + 10)
})

test.each([0, -1, 1.5, Number.NaN])('a number of %d is refused', (number) => {
  const message = `Expected concurrency of openai to be a whole number from 1, got ${number}.`
  expect(() => createDesk({ concurrency: { openai: number } })).toThrow(message)
  expect(() => createDesk({ limits: { openai: { concurrency: number } } })).toThrow(message)
  expect(() => createDesk({ limits: { openai: { rpm: number } } })).toThrow(
    'Expected rpm of openai',
  )
})

test('a limit of a pool that nothing could pass is refused', async () => {
  const { ask, clock } = openDesk()
  const asked = ask(pool({ limits: { tpm: 0 } }))
  await clock.pass(0)
  expect(asked.error?.message).toBe(
    'Expected tpm of openai/gpt-5 to be a whole number from 1, got 0.',
  )
})

test('a person is told once of a number that is meant for a provider', async () => {
  const { get, notices } = openDesk({ concurrency: { opencode: 2, default: 5 } })
  const opencode = pool({ provider: 'opencode' })
  for (const one of [opencode, opencode, pool(), { ...opencode, model: 'other' }]) {
    const permit = await get(one)
    permit.release({ failure: null })
  }
  expect(notices).toEqual(['Using provider-specific concurrency: 2 for opencode'])
})

test('without a number it starts at 10 and doubles with each round up to 100', async () => {
  const { askThen, clock, desk } = openDesk()
  const held: Permit[] = []
  const counts: number[] = []
  for (let i = 0; i < 250; i++) {
    askThen(local, (permit) => held.push(permit))
  }
  for (let round = 0; round < 5; round++) {
    await clock.pass(0)
    counts.push(sum(desk.inFlight().providers))
    for (const permit of held.splice(0)) permit.release({ failure: null })
  }
  expect(counts).toEqual([10, 20, 40, 80, 100])
})

test('without a number all models of a provider have 100 together', async () => {
  const { ask, clock, desk } = openDesk()
  const models = Array.from({ length: 12 }, (_, n) => ({ ...local, model: String(n) }))
  for (let i = 0; i < 10; i++) for (const model of models) ask(model)
  await clock.pass(0)
  expect(sum(desk.inFlight().providers)).toBe(100)
})

test('what has a number of its own does not use up what adapts', async () => {
  const { ask, clock, desk } = openDesk({ limits: { 'ollama/big': { concurrency: 300 } } })
  for (let i = 0; i < 300; i++) ask({ ...local, model: 'big' })
  for (let i = 0; i < 10; i++) ask({ ...local, model: 'small' })
  await clock.pass(0)
  expect(desk.inFlight().models).toEqual({ 'ollama/big': 300, 'ollama/small': 10 })
})

test('a 429 cuts what adapts to 0.8 of what was in flight, and leaves a number alone', async () => {
  for (const [concurrency, expected] of [
    [{}, 8],
    [{ ollama: 10 }, 10],
  ] as const) {
    const { ask, clock, desk, get } = openDesk({ concurrency })
    const held = await Promise.all(Array.from({ length: 10 }, () => get(local)))
    held[0]!.release(failed('rate_limit', 1000))
    await clock.pass(1000)
    for (const permit of held) permit.release({ failure: null })
    for (let i = 0; i < 20; i++) ask(local)
    await clock.pass(0)
    expect(sum(desk.inFlight().providers)).toBe(expected)
  }
})
