import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createEnds } from '../../src/server/ends.ts'

test('all ends must be over, also those that come while one waits', async () => {
  const ends = createEnds()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isOver = false
  void ends.add(() => first.promise)
  const over = ends.over().then(() => (isOver = true))
  void ends.add(() => second.promise)
  first.resolve()
  await setImmediate()
  expect(isOver).toBe(false)
  second.resolve()
  await over
})

test('an end may wait for those before it', async () => {
  const ends = createEnds()
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  void ends.add(async () => {
    await first.promise
    order.push('first')
  })
  const second = ends.add(async (before) => {
    await before
    order.push('second')
  })
  first.resolve()
  await second
  expect(order).toEqual(['first', 'second'])
})

test('without an end nothing is waited for', async () => {
  await createEnds().over()
})

test('an end that fails is over all the same', async () => {
  const ends = createEnds()
  void ends.add(() => Promise.reject(new Error('no')))
  await ends.over()
  await ends.add(async (before) => before)
})
