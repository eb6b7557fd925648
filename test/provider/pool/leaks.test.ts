import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { ErrorKind } from '../../../src/model/error.ts'
import type { Model } from '../../../src/model/model.ts'
import { resultOfKind } from '../../../src/provider/health/result.ts'
import type { CheckResult } from '../../../src/provider/health/state.ts'
import { type Asking, createAsking } from '../../../src/provider/pool/ask-pool.ts'
import { balanced, fallback } from '../../../src/provider/pool/order.ts'
import { createPoolModel } from '../../../src/provider/pool/pool-model.ts'
import { VirtualClock } from '../../broker/desk/virtual-clock.ts'
import { seeded } from '../../support/seeded.ts'
import { fault, memberOf } from './pools.ts'

const kinds = Object.keys(resultOfKind) as readonly ErrorKind[]

/** A model of which nine calls in ten fail, each after some turns. */
function flaky(name: string, random: () => number, failed: Set<ErrorKind>) {
  const fail = async () => {
    for (let i = Math.floor(random() * 6); i > 0; i--) await turn()
    if (random() > 0.9) return
    const kind = kinds[Math.floor(random() * kinds.length)]!
    failed.add(kind)
    throw fault(kind, name)
  }
  return memberOf(
    name,
    async () => {
      await fail()
      return { text: name }
    },
    {
      async *stream(_messages, { signal }) {
        if (random() < 0.5) await fail()
        for (let i = 0; i < 3; i++) {
          yield { text: name }
          signal?.throwIfAborted()
          if (random() < 0.3) await fail()
        }
        return {}
      },
      onSetup: async () => {
        await turn()
        if (random() < 0.5) throw fault('setup', name)
      },
    },
  )
}

/** One call of a caller of any kind. */
async function call(model: Model, random: () => number): Promise<void> {
  const stop = new AbortController()
  const options = { signal: stop.signal }
  const way = Math.floor(random() * 4)
  const patience = Math.floor(random() * 8)
  const ending = (async () => {
    for (let i = 0; i < patience; i++) await turn()
    if (random() < 0.3) stop.abort()
  })()
  if (way < 2) await model.generate('', options)
  else {
    for await (const { text } of model.stream('', options)) if (way === 3 && text) break
  }
  await ending
}

/** Lets time pass while others work. */
async function passUntil(clock: VirtualClock, work: Promise<unknown>): Promise<void> {
  const state = { isDone: false }
  const done = work.finally(() => (state.isDone = true))
  while (!state.isDone) await clock.pass(1)
  await done
}

async function inFlightAfter(seed: number, order: typeof balanced) {
  const random = seeded(seed)
  const clock = new VirtualClock()
  const failed = new Set<ErrorKind>()
  const told = ['a', 'b', 'c'].map((name) => flaky(name, random, failed))
  const members = told.map(({ member }) => member)
  const place = { provider: 'pool', name: 'own', members, order, timers: clock }
  const model = createPoolModel({ ...place, breaker: { recoveryMs: 5 }, maxWaitMs: 50 })
  const count = { failures: 0 }
  const workers = Array.from({ length: 50 }, async () => {
    while (count.failures < 1000) await call(model, random).catch(() => count.failures++)
  })
  await passUntil(clock, Promise.all(workers))
  return {
    failures: count.failures,
    failed,
    timers: clock.pending,
    metrics: [model, ...members].map((one) => one.metrics),
  }
}

test.each([
  ['fallback', fallback],
  ['balanced', balanced],
] as const)('O-41: 1,000 random failures leave nothing in flight: %s', async (_name, order) => {
  const { failures, failed, timers, metrics } = await inFlightAfter(41, order)
  expect(failures).toBeGreaterThanOrEqual(1000)
  expect(failed).toEqual(new Set(kinds)) // the draws have reached them all
  expect(metrics.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0, 0])
  expect(metrics.filter(({ calls }) => calls > 100).length).toBeGreaterThan(1)
  expect(timers).toBe(0)
})

test('O-41: of 1,000 askings that fail, and of those that go on, no place stays taken', async () => {
  const random = seeded(7)
  const clock = new VirtualClock()
  const failed = new Set<ErrorKind>()
  const members = ['a', 'b', 'c'].map((name) => flaky(name, random, failed).member)
  const own = { provider: 'pool', name: 'own', members, order: balanced, timers: clock }
  const asking: Asking = createAsking({ ...own, breaker: { recoveryMs: 5 }, maxWaitMs: 50 })
  const results = ['success', 'failure', 'unknown'] as const satisfies readonly CheckResult[]
  let most = 0
  const ask = async () => {
    const goesOn = random() < 0.5
    const asked = await asking.ask(async (model) => {
      most = Math.max(most, asking.inFlight)
      const value = await model.generate('')
      return { value, result: goesOn ? 'later' : 'success' }
    })
    await turn()
    if (goesOn) asked.leave(results[Math.floor(random() * 3)]!)
  }
  const all = Promise.all(
    Array.from({ length: 50 }, async () => {
      for (let i = 0; i < 20; i++) await ask().catch(() => {})
    }),
  )
  await passUntil(clock, all)
  expect(most).toBeGreaterThan(1)
  expect(asking.inFlight).toBe(0)
  expect(clock.pending).toBe(0)
})
