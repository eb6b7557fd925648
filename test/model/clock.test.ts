import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startClock } from '../../src/model/clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function start(ms: number) {
  const expire = vi.fn()
  return { clock: startClock(ms, expire), expire }
}

test('a clock expires once its time has passed, and not before', () => {
  const { clock, expire } = start(1000)
  vi.advanceTimersByTime(999)
  expect(clock.remainingMs).toBe(1)
  expect(expire).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(expire).toHaveBeenCalledOnce()
})

test('a pause does not count, but for what is charged', () => {
  const { clock, expire } = start(1000)
  vi.advanceTimersByTime(400)
  const resume = clock.pause()
  vi.advanceTimersByTime(50_000)
  expect(clock.remainingMs).toBe(600)
  resume(100)
  expect(clock.remainingMs).toBe(500)
  vi.advanceTimersByTime(499)
  expect(expire).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(expire).toHaveBeenCalledOnce()
})

test('it stands still until the last of several pauses is over', () => {
  const { clock, expire } = start(1000)
  const [first, second] = [clock.pause(), clock.pause()]
  first(0)
  vi.advanceTimersByTime(5000)
  expect(clock.remainingMs).toBe(1000)
  second(1000)
  vi.advanceTimersByTime(0)
  expect(expire).toHaveBeenCalledOnce()
})

test('those who pause at once are charged once: they waited for the same', () => {
  const { clock, expire } = start(1000)
  const resume = Array.from({ length: 10 }, () => clock.pause())
  vi.advanceTimersByTime(200)
  for (const run of resume) run(200)
  expect(clock.remainingMs).toBe(800)
  vi.advanceTimersByTime(799)
  expect(expire).not.toHaveBeenCalled()
})

test('0 is no limit, and one of more than timers can hold is none either', () => {
  for (const ms of [0, 2 ** 31]) {
    const { expire } = start(ms)
    vi.advanceTimersByTime(2 ** 30)
    expect(expire).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  }
})

test('a clock that was stopped stays so, also when a pause ends later', () => {
  const { clock, expire } = start(1000)
  const resume = clock.pause()
  clock.stop()
  resume(5000)
  vi.advanceTimersByTime(10_000)
  expect(expire).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
