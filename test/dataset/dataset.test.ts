import { expect, test } from 'vitest'
import { createDataset, isDataset, type LocatedRow } from '../../src/dataset/dataset.ts'

test('a dataset is read anew each time', async () => {
  const dataset = createDataset('numbers', () => numbers(3))
  expect(await Array.fromAsync(dataset)).toEqual([0, 1, 2])
  expect(await Array.fromAsync(dataset)).toEqual([0, 1, 2])
})

test('outside of foreach, paths start at the working directory', async () => {
  const dataset = createDataset('place', async function* (base) {
    yield { value: base, where: 'here' }
  })
  expect(await Array.fromAsync(dataset)).toEqual([process.cwd()])
  expect(await Array.fromAsync(dataset.open('/data'))).toEqual([{ value: '/data', where: 'here' }])
})

test('a filter keeps the rows it chooses, with their places, and the name', async () => {
  const even = createDataset('numbers', () => numbers(7)).filter((n) => n % 2 === 0)
  expect(even.name).toBe('numbers')
  expect(isDataset(even)).toBe(true)
  expect(await Array.fromAsync(even.open('/'))).toEqual([
    { value: 0, where: 'line 1' },
    { value: 2, where: 'line 3' },
    { value: 4, where: 'line 5' },
    { value: 6, where: 'line 7' },
  ])
  expect(await Array.fromAsync(even.filter((n) => n > 2))).toEqual([4, 6])
})

test('a filter reads no further than its reader asks, and ends the source when the reader leaves', async () => {
  const pulled: number[] = []
  const endless = createDataset('endless', () => numbers(Infinity, pulled))
  for await (const n of endless.filter((one) => one >= 2)) if (n === 3) break
  expect(pulled).toEqual([0, 1, 2, 3, -1])
})

test('an error of a filter reaches the reader', async () => {
  const broken = createDataset('numbers', () => numbers(3)).filter((n) => {
    if (n === 1) throw new Error('cannot tell')
    return true
  })
  await expect(Array.fromAsync(broken)).rejects.toThrow('cannot tell')
})

test('what is no dataset is not taken for one', () => {
  for (const value of [
    null,
    undefined,
    'text',
    [1],
    new Set(),
    { name: 'x' },
    { open: () => {} },
  ]) {
    expect(isDataset(value)).toBe(false)
  }
})

async function* numbers(
  count: number,
  pulled: number[] = [],
): AsyncGenerator<LocatedRow<number>, void, void> {
  try {
    for (let n = 0; n < count; n++) {
      pulled.push(n)
      yield { value: n, where: `line ${n + 1}` }
    }
  } finally {
    pulled.push(-1)
  }
}
