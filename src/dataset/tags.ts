import { createTagsFilter } from '@vitest/runner/utils'
import { AssayError, messageOf } from '../model/error.ts'
import type { LocatedRow } from './dataset.ts'

/** The tags that rows may have: names that rows carry in a field `tags`, or each name with its test. */
export type RowTags<Row> = readonly string[] | { readonly [name: string]: (row: Row) => boolean }

/** Whether the row's tags satisfy an expression of Vitest's syntax: `hard and not slow`. */
export type TagFilter = (row: LocatedRow) => boolean

/**
 * Compiles `expression` for rows that declare `tags`. A name that is declared nowhere matches no row, since
 * another eval of the run may declare it.
 */
export function createTagFilter(expression: string, tags: RowTags<never> | undefined): TagFilter {
  requireDoubledSigns(expression)
  const words = expression.match(/[^\s()!&|]+/g) ?? []
  const available = [...new Set([...words, ...declaredNames(tags)])].map((name) => ({ name }))
  try {
    const matches = createTagsFilter([expression], available)
    return (row) => matches(tagsOf(row, tags))
  } catch (error) {
    throw new AssayError(`--tags "${expression}": ${messageOf(error)}`, {
      kind: 'config',
      cause: error,
    })
  }
}

/** Vitest's parser does not come back from a single `&` or `|`. */
function requireDoubledSigns(expression: string): void {
  const signs = expression.match(/[&|]+/g) ?? []
  const wrong = signs.find((sign) => sign !== '&&' && sign !== '||')
  if (wrong === undefined) return
  throw new AssayError(`--tags "${expression}": expected && or ||, got ${wrong}.`, {
    kind: 'config',
  })
}

/** The tags of a row. @throws AssayError for one that is not declared, where names are */
export function tagsOf({ value, where }: LocatedRow, tags: RowTags<never> | undefined): string[] {
  const own = ownTags(value)
  if (tags === undefined) return own
  if (!isNameList(tags)) {
    const tested = Object.entries(tags).filter(([, test]) => test(value as never))
    return [...own, ...tested.map(([name]) => name)]
  }
  const unknown = own.find((tag) => !tags.includes(tag))
  if (unknown === undefined) return own
  throw new AssayError(
    `${where}: the tag "${unknown}" is not declared; foreach declares ${tags.join(', ')}.`,
    { kind: 'config' },
  )
}

function declaredNames(tags: RowTags<never> | undefined): readonly string[] {
  if (tags === undefined) return []
  return isNameList(tags) ? tags : Object.keys(tags)
}

function isNameList(tags: RowTags<never>): tags is readonly string[] {
  return Array.isArray(tags)
}

function ownTags(row: unknown): string[] {
  if (typeof row !== 'object' || row === null || !('tags' in row)) return []
  const { tags } = row
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : []
}
