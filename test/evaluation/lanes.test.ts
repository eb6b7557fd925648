import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runLanes } from '../../src/evaluation/lanes.ts'

test('every unit is worked on, in the order of the source', async () => {
  const { units } = source(25)
  const seen: number[] = []
  await run(units, 4, async (unit) => {
    seen.push(unit)
    for (let i = 0; i < unit % 3; i++) await turn()
  })
  expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => n))
})

test('as many units as lanes are in flight, never more, and none is pulled ahead', async () => {
  const { units, pulled } = source(7)
  const { work, open, inFlight } = manualWork()
  const done = run(units, 3, work)
  await turn()
  expect([...inFlight, pulled.length]).toEqual([0, 1, 2, 3])
  await open(1)
  expect([...inFlight, pulled.length]).toEqual([0, 2, 3, 4])
  for (const unit of [3, 2, 0]) await open(unit)
  expect([...inFlight, pulled.length]).toEqual([4, 5, 6, 7])
  for (const unit of [6, 5, 4]) await open(unit)
  await done
})

test('one lane works on one unit after the other', async () => {
  const { units, pulled } = source(3)
  const { work, open, inFlight } = manualWork()
  const done = run(units, 1, work)
  for (const unit of [0, 1, 2]) {
    await turn()
    expect([...inFlight, pulled.length]).toEqual([unit, unit + 1])
    await open(unit)
  }
  await done
})

test('a plain iterator is never asked twice at once', async () => {
  let asked = 0
  let most = 0
  const { units } = plain(20, async () => {
    most = Math.max(most, ++asked)
    await turn()
    asked--
  })
  const seen: number[] = []
  await run(units, 5, async (unit) => void seen.push(unit))
  expect(most).toBe(1)
  expect(seen).toHaveLength(20)
})

test('a plain iterator is asked no more after its end, its error or one of the work', async () => {
  const ending = plain(3)
  await run(ending.units, 5, async () => {})
  expect(ending.asked()).toBe(4)
  const failing = plain(9, (n) =>
    n === 2 ? Promise.reject(new Error('broken')) : Promise.resolve(),
  )
  await expect(run(failing.units, 5, async () => {})).rejects.toThrow('broken')
  expect(failing.asked()).toBe(3)
  const working = plain(9)
  const work = async (unit: number) => {
    if (unit === 1) throw new Error('disk is full')
    for (let i = 0; i < 5; i++) await turn()
  }
  await expect(run(working.units, 2, work)).rejects.toThrow('disk is full')
  for (let i = 0; i < 10; i++) await turn()
  expect(working.asked()).toBe(2)
})

test('a source without units, or with fewer than lanes, ends', async () => {
  const seen: number[] = []
  await run(source(0).units, 10, async (unit) => void seen.push(unit))
  await run(source(2).units, 10, async (unit) => void seen.push(unit))
  expect(seen).toEqual([0, 1])
})

test('an error of the source comes after the work in flight has settled', async () => {
  const failure = new Error('line 3 is no JSON')
  const { units, pulled } = source(2, failure)
  const { work, open, worked } = manualWork()
  let settled = false
  const done = run(units, 3, work).finally(() => (settled = true))
  const failed = expect(done).rejects.toBe(failure)
  await turn()
  await open(0)
  expect(settled).toBe(false)
  await open(1)
  await failed
  expect(worked).toEqual([0, 1])
  expect(pulled).toEqual([0, 1])
})

test('an error of the work ends the lanes: no other unit is pulled', async () => {
  const { units, pulled } = source(10)
  const work = async (unit: number) => {
    if (unit === 1) throw new Error('disk is full')
    await turn()
  }
  await expect(run(units, 2, work)).rejects.toThrow('disk is full')
  await turn()
  expect(pulled).toEqual([0, 1])
})

test('an abort resolves at once, pulls no more and ends the source', async () => {
  const { units, pulled, state } = source(10)
  const { work, open, inFlight } = manualWork()
  const stop = new AbortController()
  const done = run(units, 3, work, stop.signal)
  await turn()
  stop.abort()
  await done
  expect(inFlight).toEqual(new Set([0, 1, 2]))
  await open(1)
  expect(pulled).toEqual([0, 1, 2])
  expect(state.ended).toBe(true)
})

test('an abort resolves at once also while the source waits for something', async () => {
  const stop = new AbortController()
  async function* stuck() {
    yield 0
    await new Promise(() => {})
  }
  const seen: number[] = []
  const done = run(stuck(), 2, async (unit) => void seen.push(unit), stop.signal)
  await turn()
  stop.abort()
  await done
  expect(seen).toEqual([0])
})

test('with a signal that is aborted already nothing is pulled', async () => {
  const { units, pulled } = source(3)
  await run(units, 2, () => Promise.reject(new Error('never')), AbortSignal.abort())
  expect(pulled).toEqual([])
})

test('an error of the source or the work after an abort disturbs nobody', async () => {
  const stop = new AbortController()
  const fail = Promise.withResolvers<never>()
  async function* units() {
    yield 0
    await fail.promise
  }
  const done = run(units(), 2, () => fail.promise, stop.signal)
  await turn()
  stop.abort()
  await done
  fail.reject(new Error('too late'))
  await turn()
})

function run(
  units: AsyncIterator<number>,
  concurrency: number,
  work: (unit: number) => Promise<void>,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  return runLanes(units, { concurrency, signal }, work)
}

/** Counts from 0, fails at the end if told so, and remembers what was pulled. */
function source(count: number, failure?: Error) {
  const pulled: number[] = []
  const state = { ended: false }
  async function* generate() {
    try {
      for (let n = 0; n < count; n++) {
        pulled.push(n)
        yield n
      }
      if (failure) throw failure
    } finally {
      state.ended = true
    }
  }
  return { units: generate(), pulled, state }
}

/** Counts from 0 without being a generator, and how often it was asked. */
function plain(count: number, before?: (n: number) => Promise<void>) {
  let n = 0
  const units: AsyncIterator<number> = {
    async next() {
      const value = n++
      await before?.(value)
      return value < count ? { done: false, value } : { done: true, value: undefined }
    },
  }
  return { units, asked: () => n }
}

/** Work that ends when the test says so. */
function manualWork() {
  const ends = new Map<number, () => void>()
  const inFlight = new Set<number>()
  const worked: number[] = []
  async function work(unit: number): Promise<void> {
    inFlight.add(unit)
    await new Promise<void>((resolve) => ends.set(unit, resolve))
    inFlight.delete(unit)
    worked.push(unit)
  }
  async function open(unit: number): Promise<void> {
    ends.get(unit)!()
    await turn()
  }
  return { work, open, inFlight, worked }
}
