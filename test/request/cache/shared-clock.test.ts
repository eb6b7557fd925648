import { expect, test } from 'vitest'
import { shareClock } from '../../../src/request/cache/shared-clock.ts'

function clock() {
  const log: (string | number)[] = []
  return {
    log,
    remainingMs: 1000,
    pause() {
      log.push('paused')
      return (chargedMs: number) => void log.push(chargedMs)
    },
  }
}

test('all who wait are paused together, and charged together', () => {
  const shared = shareClock()
  const [a, b] = [clock(), clock()]
  shared.add(a)
  shared.add(b)
  shared.add(undefined)
  shared.pause()(5)
  shared.pause()(0)
  expect(a.log).toEqual(['paused', 5, 'paused', 0])
  expect(b.log).toEqual(a.log)
})

test('who joins a pause is paused from then on, and not charged for what was before', () => {
  const shared = shareClock()
  const resume = shared.pause()
  const late = clock()
  shared.add(late)
  expect(late.log).toEqual(['paused'])
  resume(7)
  expect(late.log).toEqual(['paused', 0])
  shared.pause()(9)
  expect(late.log).toEqual(['paused', 0, 'paused', 9])
})

test('who leaves runs again at once', () => {
  const shared = shareClock()
  const leaving = clock()
  const leave = shared.add(leaving)
  const resume = shared.pause()
  leave()
  expect(leaving.log).toEqual(['paused', 0])
  resume(3)
  shared.pause()(3)
  expect(leaving.log).toEqual(['paused', 0])
})
