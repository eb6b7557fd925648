import { hash } from 'node:crypto'
import { inspect } from 'node:util'
import { canonicalJson } from '../model/canonical-json.ts'
import { AssayError } from '../model/error.ts'
import type { LocatedRow } from './dataset.ts'

/** Reads the explicit id of a row, where it has one. */
export type IdOf = (row: never) => string | number | undefined | null

/**
 * Gives each row of one reading an id that survives edits of the dataset: its explicit id, or a hash of its
 * content; a second row of the same content gets `#2`. Never its place.
 */
export function createIdentifier(idOf: IdOf = ownId): (row: LocatedRow) => string {
  const explicit = new Map<string, string>()
  const occurrences = new Map<string, number>()

  return (row) => {
    const id = idOf(row.value as never)
    if (id === undefined || id === null || id === '') {
      const content = contentHash(row)
      const occurrence = (occurrences.get(content) ?? 0) + 1
      occurrences.set(content, occurrence)
      return occurrence === 1 ? content : `${content}#${occurrence}`
    }
    const text = String(id)
    const first = explicit.get(text)
    if (first !== undefined) {
      throw new AssayError(`${row.where}: the id "${text}" is that of ${first} already.`, {
        kind: 'config',
      })
    }
    explicit.set(text, row.where)
    return text
  }
}

function ownId(row: unknown): string | number | undefined {
  if (typeof row !== 'object' || row === null || !('id' in row)) return undefined
  return typeof row.id === 'string' || typeof row.id === 'number' ? row.id : undefined
}

function contentHash({ value }: LocatedRow): string {
  return hash('sha256', textOf(value)).slice(0, 12)
}

/** What JSON cannot hold, a bigint or a cycle, still has a text of its own. */
function textOf(value: unknown): string {
  try {
    return canonicalJson(value) ?? inspect(value)
  } catch {
    return inspect(value, { depth: Infinity, sorted: true, maxArrayLength: Infinity })
  }
}
