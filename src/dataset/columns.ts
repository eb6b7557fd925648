import { AssayError } from '../model/error.ts'
import type { LocatedRow } from './dataset.ts'

/** Splits `'question, answer'`. @throws AssayError for an empty or repeated name */
export function parseColumns(columns: string): readonly string[] {
  const names = columns.split(',').map((name) => name.trim())
  const wrong = names.find((name, i) => name === '' || names.indexOf(name) !== i)
  if (wrong === undefined) return names
  throw new AssayError(
    `foreach: expected column names that differ, as in 'question,answer'; got '${columns}'.`,
    { kind: 'config' },
  )
}

/** Makes an object of a tuple. A row that is an object already must have every column. */
export function nameColumns({ value, where }: LocatedRow, columns: readonly string[]): object {
  if (Array.isArray(value)) {
    if (value.length === columns.length) {
      return Object.fromEntries(columns.map((name, i) => [name, value[i] as unknown]))
    }
    throw mismatch(where, columns, `${value.length} values`)
  }
  if (typeof value === 'object' && value !== null) {
    const missing = columns.find((name) => !Object.hasOwn(value, name))
    if (missing === undefined) return value
    throw mismatch(where, columns, `an object without \`${missing}\``)
  }
  if (columns.length === 1) return { [columns[0]!]: value }
  throw mismatch(where, columns, typeof value)
}

function mismatch(where: string, columns: readonly string[], got: string): AssayError {
  const message = `${where}: expected ${columns.length} values for '${columns.join(',')}', got ${got}.`
  return new AssayError(message, { kind: 'config' })
}
