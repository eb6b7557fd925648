import type { DatabaseSync } from 'node:sqlite'
import { batchOf } from './store.ts'

export interface EvictOptions {
  readonly maxEntries: number
  readonly maxBytes: number
  readonly now: number
}

/** Where there is too much: drops what has expired, then a batch of what was not used for the longest time. */
export function evict(database: DatabaseSync, { maxEntries, maxBytes, now }: EvictOptions): void {
  const isOver = ({ entries, bytes }: Total) => entries > maxEntries || bytes > maxBytes
  if (!isOver(totalOf(database))) return
  database.prepare('DELETE FROM responses WHERE expiresAt <= ?').run(now)
  const total = totalOf(database)
  if (!isOver(total)) return
  const { entries, bytes } = total
  const tooMany = entries > maxEntries ? entries - maxEntries + batchOf(maxEntries) - 1 : 0
  const tooLarge = bytes > maxBytes ? bytes - maxBytes + Math.floor(maxBytes / 20) : 0
  const remove = database.prepare('DELETE FROM responses WHERE id = ?')
  for (const id of oldest(database, tooMany, tooLarge, entries - 1)) remove.run(id)
}

interface Total {
  readonly entries: number
  readonly bytes: number
}

function totalOf(database: DatabaseSync): Total {
  const { entries, bytes } = database.prepare('SELECT entries, bytes FROM total').get() ?? {}
  return { entries: Number(entries), bytes: Number(bytes) }
}

/** As many as make up both numbers, but never the newest, which is the one that was just kept. */
function oldest(
  database: DatabaseSync,
  tooMany: number,
  tooLarge: number,
  most: number,
): readonly number[] {
  const ids: number[] = []
  const inOrder = database.prepare('SELECT id, bytes FROM responses ORDER BY usedAt, id LIMIT ?')
  let bytes = 0
  for (const row of inOrder.iterate(most)) {
    if (ids.length >= tooMany && bytes >= tooLarge) break
    ids.push(Number(row['id']))
    bytes += Number(row['bytes'])
  }
  return ids
}
