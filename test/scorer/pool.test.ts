import { expect, test } from 'vitest'
import { scorerPool, workerFile } from '../../src/scorer/pool.ts'

test('a worker file that does not load fails its task alone', async () => {
  const lost = scorerPool().run([], { filename: workerFile('no-such-worker') })
  await expect(lost).rejects.toThrow('no-such-worker.ts')
  const filename = workerFile('levenshtein-worker')
  expect(await scorerPool().run(['kitten', 'sitting'], { filename })).toBe(3)
})

test('the pool is one for all scorers, of two threads at most', () => {
  const pool = scorerPool()
  expect(scorerPool()).toBe(pool)
  expect(pool.options.minThreads).toBe(0)
  expect([1, 2]).toContain(pool.options.maxThreads)
})
