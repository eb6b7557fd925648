import { expect, test } from 'vitest'
import { Queue } from '../../../src/broker/desk/queue.ts'

test('who joined first is first, until it leaves', () => {
  const queue = new Queue<string>()
  expect(queue.first).toBeUndefined()
  const a = queue.join('a')
  queue.join('b')
  expect([queue.first, queue.size]).toEqual(['a', 2])
  queue.leave(a)
  expect([queue.first, queue.size]).toEqual(['b', 1])
})

test.each([
  { leaving: [0, 1, 2, 3], left: [] },
  { leaving: [3, 0], left: ['b', 'c'] },
  { leaving: [1, 2], left: ['a', 'd'] },
  { leaving: [2, 1, 0], left: ['d'] },
  { leaving: [1, 2, 3], left: ['a'] },
])('after $leaving have left the order of the others is the same', ({ leaving, left }) => {
  const queue = new Queue<string>()
  const places = ['a', 'b', 'c', 'd'].map((item) => queue.join(item))
  for (const index of leaving) queue.leave(places[index]!)
  expect([...queue]).toEqual(left)
  queue.join('e')
  expect([...queue]).toEqual([...left, 'e'])
  expect(queue.size).toBe(left.length + 1)
})

test('each may leave while it is gone through', () => {
  const queue = new Queue<string>()
  const places = new Map(['a', 'b', 'c'].map((item) => [item, queue.join(item)]))
  const seen: string[] = []
  for (const item of queue) {
    seen.push(item)
    queue.leave(places.get(item)!)
  }
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(queue.first).toBeUndefined()
})
