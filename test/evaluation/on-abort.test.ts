import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from '../../src/evaluation/on-abort.ts'

test('each listener is called once, in the order they came', () => {
  const stop = new AbortController()
  const log: string[] = []
  onAbort(stop.signal, () => log.push('first'))
  onAbort(stop.signal, () => log.push('second'))
  stop.abort()
  stop.abort()
  expect(log).toEqual(['first', 'second'])
})

test('a listener that was taken away is not called, the others are', () => {
  const stop = new AbortController()
  const log: string[] = []
  const off = onAbort(stop.signal, () => log.push('first'))
  onAbort(stop.signal, () => log.push('second'))
  off()
  off()
  stop.abort()
  expect(log).toEqual(['second'])
})

test('a listener may take itself and others away while it is called', () => {
  const stop = new AbortController()
  const log: string[] = []
  const offFirst = onAbort(stop.signal, () => {
    log.push('first')
    offFirst()
    offThird()
  })
  onAbort(stop.signal, () => log.push('second'))
  const offThird = onAbort(stop.signal, () => log.push('third'))
  stop.abort()
  expect(log).toEqual(['first', 'second'])
})

test('a signal has one listener, however many wait on it', () => {
  const stop = new AbortController()
  let called = 0
  for (let i = 0; i < 50; i++) onAbort(stop.signal, () => called++)
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
  stop.abort()
  expect(called).toBe(50)
})

test('two signals do not disturb each other', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const log: string[] = []
  onAbort(one.signal, () => log.push('one'))
  onAbort(other.signal, () => log.push('other'))
  other.abort()
  expect(log).toEqual(['other'])
})
