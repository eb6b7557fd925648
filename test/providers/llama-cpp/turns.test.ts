import { expect, test } from 'vitest'
import { createTurns } from '../../../providers/llama-cpp/turns.ts'

test('H-17: of two tasks at once the second begins when the first has ended', async () => {
  const inTurn = createTurns()
  const first = Promise.withResolvers<string>()
  const begun: string[] = []
  const one = inTurn(() => {
    begun.push('one')
    return first.promise
  })
  const two = inTurn(() => {
    begun.push('two')
    return Promise.resolve('b')
  })
  await expect.poll(() => begun).toEqual(['one'])
  first.resolve('a')
  expect(await Promise.all([one, two])).toEqual(['a', 'b'])
  expect(begun).toEqual(['one', 'two'])
})

test('a task that fails is an error of its own, and the next one has its turn', async () => {
  const inTurn = createTurns()
  const failed = inTurn(() => Promise.reject(new Error('no')))
  const next = inTurn(() => Promise.resolve('b'))
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('b')
})
