import { createHash, type Hash } from 'node:crypto'
import { nameColumns } from '../dataset/columns.ts'
import { copyRow } from '../dataset/copy-row.ts'
import type { LocatedRow } from '../dataset/dataset.ts'
import { createIdentifier } from '../dataset/identity.ts'
import { openRows, sourceName } from '../dataset/source.ts'
import { createTagFilter } from '../dataset/tags.ts'
import { AssayError, toAssayError } from '../model/error.ts'
import { validate } from '../model/standard-schema.ts'
import type { Definition } from './definition.ts'
import type { RowSwitches } from './settings.ts'

/** One row, one trial: what a lane works on. */
export interface Unit {
  readonly rowId: string
  readonly index: number
  readonly trial: number
  /** The row as the dataset has it. */
  readonly row: unknown
  /** What the body gets: the row, converted by the schema. */
  readonly value: unknown
  /** Why the body cannot have it: the row does not fit the columns or the schema. */
  readonly problem?: AssayError
}

export interface UnitSource {
  readonly units: AsyncGenerator<Unit, void, void>
  /** Rows that were read so far, chosen or not. */
  read(): number
  /** SHA-256 over the ids of the rows that were read. */
  hash(): string
  /** Ids of the rows that the run asked for by name and that are there. */
  named(): readonly string[]
}

/**
 * The way of a row: read, named by columns, identified, filtered by the run, checked by the schema, repeated
 * by trials. Nothing is read before a lane asks for it, and nothing beyond a limit.
 */
export function createUnits(
  definition: Definition,
  base: string,
  trials: number,
  switches: RowSwitches,
): UnitSource {
  const hash: Hash = createHash('sha256')
  const named = new Set<string>()
  let read = 0

  async function* identified(): AsyncGenerator<NamedRow> {
    const { rows, columns, options } = definition
    const identify = createIdentifier(options.id)
    for await (const located of openRows(rows, base)) {
      const fitted = columns ? tryTo(() => nameColumns(located, columns), located.value) : located
      const row = { ...located, ...fitted }
      const rowId = identify(row)
      hash.update(`${rowId}\n`)
      yield { ...row, rowId, index: read++ }
      if (read >= (options.limit ?? Infinity)) return
    }
    if (read === 0) {
      throw new AssayError(`${sourceName(rows)}: expected at least one row, got none.`, {
        kind: 'config',
      })
    }
  }

  async function* units(): AsyncGenerator<Unit, void, void> {
    const wanted = createRowFilter(definition, switches)
    const { schema } = definition.options
    let chosen = 0
    for await (const row of identified()) {
      if (wanted(row)) {
        const { where, value, rowId, index, problem } = row
        const checked =
          schema && !problem
            ? await tryTo(() => validate(schema, value, { where, kind: 'config' }), value)
            : { value, ...(problem && { problem }) }
        for (let trial = 0; trial < trials; trial++) {
          const own = tryTo(() => copyRow(checked.value), undefined)
          yield { rowId, index, trial, row: value, ...checked, ...own }
        }
        chosen++
        if (switches.rows) named.add(rowId)
      }
      if (chosen >= Math.min(switches.limit ?? Infinity, switches.rows?.length ?? Infinity)) return
    }
  }

  return {
    units: units(),
    read: () => read,
    hash: () => hash.copy().digest('hex'),
    named: () => [...named],
  }
}

interface NamedRow extends LocatedRow {
  readonly rowId: string
  readonly index: number
  readonly problem?: AssayError
}

type Tried = Pick<Unit, 'value' | 'problem'>

/** A row that does not fit is a problem of that row; the others run. */
function tryTo(read: () => Promise<unknown>, otherwise: unknown): Promise<Tried>
function tryTo(read: () => unknown, otherwise: unknown): Tried
function tryTo(read: () => unknown, otherwise: unknown): Tried | Promise<Tried> {
  const failed = (error: unknown) => ({ value: otherwise, problem: toAssayError(error, 'config') })
  try {
    const value = read()
    return value instanceof Promise
      ? value.then((one: unknown) => ({ value: one }), failed)
      : { value }
  } catch (error) {
    return failed(error)
  }
}

function createRowFilter(
  { options }: Definition,
  { rows, tags }: RowSwitches,
): (row: LocatedRow & { rowId: string }) => boolean {
  const ids = rows && new Set(rows)
  const tagged = tags === undefined ? () => true : createTagFilter(tags, options.tags)
  return (row) => (ids?.has(row.rowId) ?? true) && tagged(row)
}
