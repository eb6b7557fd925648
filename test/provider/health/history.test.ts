import { expect, test } from 'vitest'
import { createHistory } from '../../../src/provider/health/history.ts'
import { seeded } from '../../support/seeded.ts'

test.each([1, 2, 7])('of 200 results the last %i are counted', (capacity) => {
  const random = seeded(capacity)
  const history = createHistory(capacity)
  const all: boolean[] = []
  for (let i = 0; i < 200; i++) {
    const isFailure = random() < 0.5
    all.push(isFailure)
    history.add(isFailure)
    const last = all.slice(-capacity)
    expect(history.size).toBe(last.length)
    expect(history.failures).toBe(last.filter(Boolean).length)
  }
})
