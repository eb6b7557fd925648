import { expect, test } from 'vitest'
import { AssayError } from '../../src/model/error.ts'
import type { Permit } from '../../src/model/permit.ts'
import { errorOf, failed, openDesk, pool } from './desk/open-desk.ts'
import { seeded } from '../support/seeded.ts'

const local = pool({ provider: 'ollama', local: true, keys: [] })

test('a permit that can be had is had at once, without a wait', async () => {
  const { get } = openDesk()
  expect(await get(pool())).toMatchObject({ key: 0, queuedMs: 0, cooledMs: 0 })
})

test('requests of a model go in the order in which they came', async () => {
  const { ask, get, clock } = openDesk({ concurrency: { ollama: 1 } })
  let held = await get(local)
  const waiting = [ask(local), ask(local), ask(local)]
  for (const next of waiting) {
    await clock.pass(10)
    expect(waiting.filter(({ permit }) => permit)).toHaveLength(waiting.indexOf(next))
    held.release({ failure: null })
    await clock.pass(0)
    held = next.permit!
    expect(held).toBeDefined()
  }
})

test('a request that was sent before goes to the front, behind others of its kind', async () => {
  const { ask, get, clock } = openDesk({ concurrency: { ollama: 1 } })
  const held = await get(local)
  const asked = [false, true, true].map((again) => ask(local, { again }))
  const order: number[] = []
  for (let permit: Permit | undefined = held; permit;) {
    permit.release({ failure: null })
    await clock.pass(10)
    const next = asked.findIndex((one, index) => one.permit && !order.includes(index))
    order.push(next)
    permit = asked[next]?.permit
  }
  expect(order).toEqual([1, 2, 0, -1])
})

test('a request that was sent before goes ahead of other models too', async () => {
  const { ask, get, clock } = openDesk({ concurrency: { ollama: 1 } })
  const held = await get(local)
  const fresh = ask(local)
  const again = ask({ ...local, model: 'other' }, { again: true })
  held.release({ failure: null })
  await clock.pass(0)
  expect([fresh.at, again.at]).toEqual([undefined, 0])
})

test('between the models of a provider the one that has waited longest goes first', async () => {
  const { askThen, get, clock } = openDesk({ concurrency: { ollama: 1 } })
  const models = ['a', 'b', 'c', 'a', 'c', 'b', 'b']
  const order: string[] = []
  const held = await get(local)
  for (const model of models) {
    askThen({ ...local, model }, (permit) => {
      order.push(model)
      permit.release({ failure: null })
    })
  }
  held.release({ failure: null })
  await clock.pass(0)
  expect(order).toEqual(models)
})

test('a model whose keys all cool does not hold up another', async () => {
  const { ask, send, clock } = openDesk({ concurrency: { openai: 1 } })
  await send(pool(), failed('rate_limit', 5000))
  const first = ask(pool())
  const other = ask(pool({ model: 'gpt-5-mini' }))
  await clock.pass(0)
  expect([first.at, other.at]).toEqual([undefined, 0])
})

test('a pool is known by its content, whatever object it comes in', async () => {
  const { ask, get, clock } = openDesk({ concurrency: { openai: 1 } })
  const held = await get(JSON.parse(JSON.stringify(pool())))
  const asked = ask(JSON.parse(JSON.stringify(pool())))
  await clock.pass(0)
  expect(asked.permit).toBeUndefined()
  held.release({ failure: null })
  await clock.pass(0)
  expect(asked.permit).toBeDefined()
})

test('a second release does nothing', async () => {
  const { ask, get, clock, desk } = openDesk({ concurrency: { ollama: 2 } })
  const [first] = [await get(local), await get(local)]
  const waiting = [ask(local), ask(local)]
  first.release({ failure: null })
  first.release({ failure: 'auth' })
  await clock.pass(0)
  expect(waiting.map(({ at }) => at)).toEqual([0, undefined])
  expect(desk.inFlight().providers).toEqual({ ollama: 2 })
})

test('who aborts leaves the queue, and those behind move up', async () => {
  const { ask, get, clock, desk } = openDesk({ concurrency: { ollama: 1 } })
  const stop = new AbortController()
  const held = await get(local)
  const asked = ask(local, { signal: stop.signal })
  const behind = ask(local)
  await clock.pass(500)
  stop.abort(new Error('enough'))
  await clock.pass(0)
  expect(errorOf(asked)).toEqual({ kind: 'cancelled', message: 'ollama: the call was cancelled.' })
  expect(desk.waits()).toMatchObject([{ waiting: 1 }])
  held.release({ failure: null })
  await clock.pass(0)
  expect(behind.permit).toMatchObject({ queuedMs: 500 })
})

test('who aborted before never waits, and an error that aborts is handed on', async () => {
  const { ask, clock, desk } = openDesk()
  const asked = ask(pool(), { signal: AbortSignal.abort() })
  const reason = new AssayError('The row took longer than 900 s.', { kind: 'timeout' })
  const late = ask(pool(), { signal: AbortSignal.abort(reason) })
  await clock.pass(0)
  expect([asked.error?.kind, late.error]).toEqual(['cancelled', reason])
  expect(desk.waits()).toEqual([])
})

test('an abort after the permit was given changes nothing', async () => {
  const { get, desk } = openDesk()
  const stop = new AbortController()
  await get(pool(), { signal: stop.signal })
  stop.abort()
  expect(desk.inFlight().providers).toEqual({ openai: 1 })
})

test.each([1, 2, 3])('after 1,000 random ends nothing is in flight (seed %i)', async (seed) => {
  const random = seeded(seed)
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]!
  const { desk, clock, ask } = openDesk({ random, concurrency: { mistral: 7 } })
  const usual = [null, null, null, 'rate_limit', 'server', 'timeout', 'parse'] as const
  const fatal = ['auth', 'forbidden', 'quota'] as const
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  let ends = 0

  async function run(provider: string, model: string): Promise<void> {
    const stop = new AbortController()
    await clock.sleep(random() * 20_000)
    if (random() < 0.2) void clock.sleep(random() * 3000).then(() => stop.abort())
    const { signal } = stop
    const patienceMs = random() * 60_000
    const asked = ask(pool({ provider, model, keys }), {
      signal,
      patienceMs,
      again: random() < 0.3,
    })
    while (asked.at === undefined) await clock.sleep(50)
    if (!asked.permit) return
    await clock.sleep(random() * 500)
    const failure = random() < 0.01 ? pick(fatal) : pick(usual)
    const retryAfterMs = random() < 0.5 ? random() * 2000 : undefined
    asked.permit.release({ failure, retryAfterMs, tokens: 5 })
    if (random() < 0.1) asked.permit.release({ failure: 'auth' })
    ends++
  }

  const providers = ['openai', 'mistral', 'groq']
  const all = Promise.all(
    Array.from({ length: 1600 }, () => run(pick(providers), pick(['x', 'y']))),
  )
  await clock.pass()
  await all
  expect(ends).toBeGreaterThan(1000)
  const counts = desk.inFlight()
  expect(Object.values(counts.providers)).toEqual([0, 0, 0])
  expect(Object.values(counts.models)).toEqual([0, 0, 0, 0, 0, 0])
  expect(Object.keys(counts.keys)).toHaveLength(18)
  expect(Object.values(counts.keys).every((count) => count === 0)).toBe(true)
  expect(desk.waits()).toEqual([])
  expect(clock.pending).toBe(0)
})

test('there is one timer while somebody waits, and none otherwise', async () => {
  const { ask, clock, get } = openDesk()
  const models = ['a', 'b', 'c'].map((model) => pool({ model }))
  for (const model of models) for (let i = 0; i < 5; i++) await get(model)
  expect(clock.pending).toBe(0)
  const stop = new AbortController()
  const asked = models.map((model) => ask(model, { signal: stop.signal }))
  await clock.pass(0)
  expect(clock.pending).toBe(1)
  await clock.pass(50)
  expect(asked.map(({ at }) => at)).toEqual([50, 50, 50])
  expect(clock.pending).toBe(0)
  const late = ask(pool({ model: 'a' }), { signal: stop.signal })
  await clock.pass(0)
  expect(clock.pending).toBe(1)
  stop.abort()
  await clock.pass(0)
  expect([late.error?.kind, clock.pending]).toEqual(['cancelled', 0])
})

test('who waits for a request to end has a timer too, so that the process does not end first', async () => {
  const { ask, clock, get } = openDesk({ concurrency: { ollama: 1 } })
  const held = await get(local)
  const asked = ask(local)
  await clock.pass(600_000)
  expect([asked.at, clock.pending]).toEqual([undefined, 1])
  held.release({ failure: null })
  await clock.pass(0)
  expect([asked.at, clock.pending]).toEqual([600_000, 0])
})

test('no timer is longer than a minute, whatever is waited for', async () => {
  const timers: number[] = []
  const setTimer = (_: () => void, ms: number) => {
    timers.push(ms)
    return () => {}
  }
  const { ask, get, send } = openDesk({ setTimer, concurrency: { ollama: 1 } })
  await get(local)
  ask(local)
  await send(pool(), failed('rate_limit', 12 * 60 * 60_000))
  ask(pool())
  expect(timers).toEqual([60_000, 60_000])
})

test('closing rejects what waits and what comes, and takes the timer away', async () => {
  const { ask, clock, desk, get } = openDesk({ concurrency: { ollama: 1 } })
  const held = await get(local)
  const waiting = ask(local)
  desk.close()
  const late = ask(local)
  await clock.pass(0)
  const over = { kind: 'cancelled', message: 'ollama: the run is over.' }
  expect([errorOf(waiting), errorOf(late)]).toEqual([over, over])
  held.release({ failure: null })
  expect([clock.pending, desk.inFlight().providers]).toEqual([0, { ollama: 0 }])
})

test('a person is told what waits for what', async () => {
  const { ask, clock, desk, get, send } = openDesk({
    concurrency: { ollama: 1 },
    limits: {
      groq: { rpm: 1 },
      mistral: { tpm: 100 },
      cohere: { rpd: 1 },
      'openai/limited': { tpm: 10 },
    },
  })
  await get(local)
  await send(pool({ provider: 'groq' }))
  await send(pool({ provider: 'mistral' }), { tokens: 90 })
  await send(pool({ provider: 'cohere' }))
  await send(pool({ model: 'limited' }), { tokens: 10 })
  ask(pool({ model: 'limited' }), { tokens: 5 })
  await send(pool({ model: 'cooling' }), failed('rate_limit', 12_000))
  await send(pool({ provider: 'vllm', keys: [] }), failed('rate_limit', 200_000))
  for (let i = 0; i < 5; i++) await get(pool({ model: 'paced' }))
  for (const provider of ['groq', 'mistral', 'cohere']) ask(pool({ provider }), { tokens: 20 })
  ask(local)
  ask(pool({ model: 'cooling' }))
  ask(pool({ model: 'paced' }))
  ask(pool({ provider: 'vllm', keys: [] }))
  await clock.pass(10)
  const lines = desk.waits().map((wait) => [`${wait.provider}/${wait.model}`, wait.waitingFor])
  expect(Object.fromEntries(lines)).toEqual({
    'ollama/gpt-5': 'concurrency',
    'groq/gpt-5': 'rpm',
    'mistral/gpt-5': 'tpm',
    'cohere/gpt-5': 'rpd',
    'openai/cooling': 'cool-down of key openai#1, 12 s more',
    'openai/paced': 'rate',
    'openai/limited': 'tpm',
    'vllm/gpt-5': 'cool-down, 4 min more',
  })
  expect(desk.waits()[0]).toEqual({
    provider: 'ollama',
    model: 'gpt-5',
    waiting: 1,
    waitingMs: 10,
    waitingFor: 'concurrency',
    inFlight: 1,
    inFlightMs: 10,
  })
})

test('what could be sent at any moment waits for its turn', async () => {
  const { ask, clock, desk, get } = openDesk()
  for (let i = 0; i < 5; i++) await get(pool())
  ask(pool())
  clock.time += 50
  expect(desk.waits()).toMatchObject([{ waiting: 1, waitingFor: 'queue' }])
})

test('a model whose keys are all full waits for concurrency, and one with none waiting for nothing', async () => {
  const { ask, clock, desk } = openDesk()
  for (let i = 0; i < 11; i++) ask({ ...local })
  for (let i = 0; i < 3; i++) ask({ ...local, model: 'small' })
  await clock.pass(5)
  expect(desk.waits()).toMatchObject([
    { model: 'gpt-5', waiting: 1, waitingFor: 'concurrency', inFlight: 10 },
    { model: 'small', waiting: 0, waitingFor: null, inFlight: 3, inFlightMs: 5, waitingMs: 0 },
  ])
})

test('what is in flight is counted by provider, key and model', async () => {
  const { desk, get } = openDesk({ keyStrategy: 'round-robin' })
  const keys = ['a', 'b']
  for (const model of ['x', 'x', 'x', 'y']) await get(pool({ model, keys }))
  await get(local)
  expect(desk.inFlight()).toEqual({
    providers: { openai: 4, ollama: 1 },
    keys: { 'openai#1': 3, 'openai#2': 1, ollama: 1 },
    models: { 'openai/x': 3, 'openai/y': 1, 'ollama/gpt-5': 1 },
  })
})

test('what one server of a provider refuses, or can do, says nothing of another', async () => {
  const { ask, get, clock } = openDesk()
  const first = { ...local, server: 'http://127.0.0.1:1', limits: { concurrency: 1 } }
  const second = { ...local, server: 'http://127.0.0.1:2', limits: { concurrency: 2 } }
  const held = await get(first)
  const waiting = ask(first)
  expect([await get(second), await get(second)]).toHaveLength(2)
  await clock.pass(10)
  expect(waiting.permit).toBeUndefined()
  held.release(failed('auth'))
  await clock.pass(10)
  expect(errorOf(waiting)).toMatchObject({ kind: 'auth' })
  const third = ask({ ...local, server: 'http://127.0.0.1:3' })
  await clock.pass(10)
  expect(third.permit).toBeDefined()
})
