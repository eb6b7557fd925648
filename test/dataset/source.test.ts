import { expect, test } from 'vitest'
import { createDataset } from '../../src/dataset/dataset.ts'
import { openRows, type Rows, sourceName } from '../../src/dataset/source.ts'

test('an array has its rows with their places', async () => {
  expect(await Array.fromAsync(openRows(['a', null], '/'))).toEqual([
    { value: 'a', where: 'row 0' },
    { value: null, where: 'row 1' },
  ])
})

test.for<[string, () => Rows<number>]>([
  ['an array', () => [1, 2, 3]],
  ['a Set', () => new Set([1, 2, 3])],
  ['a generator', () => numbers()],
  ['an async generator', () => asyncNumbers()],
  ['an iterator', () => [1, 2, 3].values()],
  ['a generator function', () => numbers],
  ['an async generator function', () => asyncNumbers],
  ['a function', () => () => [1, 2, 3]],
  ['an async function', () => async () => new Set([1, 2, 3])],
  ['an async function that returns an async generator', () => async () => asyncNumbers()],
  ['a dataset', () => dataset],
  ['a function that returns a dataset', () => () => dataset],
  ['an async function that returns a dataset', () => async () => dataset],
])('rows come from %s', async ([, rows]) => {
  expect(await read(rows())).toEqual([1, 2, 3])
})

test('rows of a dataset keep their own places, and paths in it start at the given folder', async () => {
  const place = createDataset('place', async function* (base) {
    yield { value: base, where: 'place:1' }
  })
  expect(await Array.fromAsync(openRows(place, '/evals'))).toEqual([
    { value: '/evals', where: 'place:1' },
  ])
})

test('a function is called anew for each reading', async () => {
  let calls = 0
  const rows = () => {
    calls++
    return numbers()
  }
  expect([await read(rows), await read(rows)]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
  expect(calls).toBe(2)
})

test('an array and a Set may be read again, also at the same time', async () => {
  const rows = new Set([1, 2, 3])
  expect(await Promise.all([read(rows), read(rows)])).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test.for<[string, Rows<number>]>([
  ['a generator', numbers()],
  ['an async generator', asyncNumbers()],
  ['an iterator', [1, 2, 3].values()],
])('E-42: %s that is read a second time is an error that says what to pass', async ([, rows]) => {
  await read(rows)
  await expect(read(rows)).rejects.toMatchObject({
    kind: 'config',
    message:
      'The rows are a generator that was read already, for another model, retry or repeat. ' +
      'Pass the generator function: foreach(rows), not foreach(rows()).',
  })
})

test('E-42: a generator is spent by a reading that left it early too', async () => {
  const rows = numbers()
  for await (const { value } of openRows(rows, '/')) if (value === 1) break
  await expect(read(rows)).rejects.toThrow('The rows are a generator that was read already')
})

test('E-42: a function that returns one generator each time is found out', async () => {
  const one = numbers()
  await read(() => one)
  await expect(read(() => one)).rejects.toThrow('The rows are a generator that was read already')
})

test('E-42: an endless generator is pulled no further than it is read, and ended', async () => {
  const log: string[] = []
  function* endless() {
    try {
      for (let n = 0; ; n++) {
        log.push(`pull ${n}`)
        yield n
      }
    } finally {
      log.push('ended')
    }
  }
  for await (const { value } of openRows(endless, '/')) if (value === 2) break
  expect(log).toEqual(['pull 0', 'pull 1', 'pull 2', 'ended'])
})

test('nothing is pulled, and no function called, before the first row is asked for', async () => {
  let calls = 0
  const reading = openRows(() => {
    calls++
    return [1]
  }, '/')
  await reading.return()
  expect(calls).toBe(0)
})

test('an error of the source reaches the reader after the rows before it', async () => {
  async function* broken() {
    yield 1
    throw new Error('connection lost')
  }
  const rows = openRows(broken, '/')
  expect(await rows.next()).toEqual({ done: false, value: { value: 1, where: 'row 0' } })
  await expect(rows.next()).rejects.toThrow('connection lost')
  await expect(read(() => Promise.reject(new Error('no access')))).rejects.toThrow('no access')
})

test('an object that is not iterable is an error', async () => {
  await expect(read({ rows: [1] } as never)).rejects.toMatchObject({
    kind: 'config',
    message: 'foreach: expected an array, an iterable or a function that returns one, got object.',
  })
})

test.for([
  ['null', null],
  ['number', 7],
  ['string', 'abc'],
  ['undefined', undefined],
])('a function that returns %s is an error that names it', async ([name, value]) => {
  await expect(read((() => value) as never)).rejects.toMatchObject({
    kind: 'config',
    message: `foreach: expected an array, an iterable or a function that returns one, got ${name}.`,
  })
})

test('messages call a dataset by its name', () => {
  expect(sourceName(dataset)).toBe('numbers.jsonl')
  expect(sourceName([1])).toBe('the rows')
  expect(sourceName(() => dataset)).toBe('the rows')
})

const dataset = createDataset('numbers.jsonl', async function* () {
  for (const value of [1, 2, 3]) yield { value, where: `numbers.jsonl:${value}` }
})

function* numbers() {
  yield* [1, 2, 3]
}

async function* asyncNumbers() {
  yield* [1, 2, 3]
}

async function read(rows: Rows<unknown>): Promise<unknown[]> {
  const located = await Array.fromAsync(openRows(rows, '/'))
  return located.map(({ value }) => value)
}
