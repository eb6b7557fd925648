import { AssayError } from '../model/error.ts'
import { type Dataset, isDataset, type LocatedRow } from './dataset.ts'

export type RowSource<Row> =
  | readonly Row[]
  | (Iterable<Row> & object)
  | AsyncIterable<Row>
  | Dataset<Row>

/** Where rows come from. A function gives fresh rows to each model, retry and repeat. */
export type Rows<Row> = RowSource<Row> | (() => RowSource<Row> | Promise<RowSource<Row>>)

const spent = new WeakSet<object>()

/** Reads `rows` from their start, one at a time. A relative path of a dataset starts at `base`. */
export async function* openRows(
  rows: Rows<unknown>,
  base: string,
): AsyncGenerator<LocatedRow, void, void> {
  const source = typeof rows === 'function' ? await rows() : rows
  if (isDataset(source)) {
    yield* source.open(base)
    return
  }
  const values = iterable(source)
  refuseSecondReading(values)
  let index = 0
  for await (const value of values) yield { value, where: `row ${index++}` }
}

/** What messages call a source. */
export function sourceName(rows: Rows<unknown>): string {
  return isDataset(rows) ? rows.name : 'the rows'
}

function iterable(source: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof source === 'object' && source !== null) {
    if (Symbol.asyncIterator in source) return source as AsyncIterable<unknown>
    if (Symbol.iterator in source) return source as Iterable<unknown>
  }
  throw new AssayError(
    `foreach: expected an array, an iterable or a function that returns one, got ${source === null ? 'null' : typeof source}.`,
    { kind: 'config' },
  )
}

/** A generator object is its own iterator: who reads it a second time gets nothing. */
function refuseSecondReading(source: object): void {
  if (!('next' in source)) return
  if (spent.has(source)) {
    throw new AssayError(
      'The rows are a generator that was read already, for another model, retry or repeat. ' +
        'Pass the generator function: foreach(rows), not foreach(rows()).',
      { kind: 'config' },
    )
  }
  spent.add(source)
}
