import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { evict } from './sqlite-evict.ts'
import { isDamaged, openSqlite, setAside } from './sqlite-file.ts'
import { inTransaction } from './sqlite-schema.ts'
import type { CacheStore, StoreLimits } from './store.ts'

export interface SqliteOptions extends StoreLimits {
  readonly path: string
  readonly notice: (line: string) => void
  readonly now?: (() => number) | undefined
}

/** How exact the last use is known, so that reading does not write each time. */
const USE_PRECISION = 60_000

interface Connection {
  readonly database: DatabaseSync
  readonly inode: bigint | undefined
  readonly find: StatementSync
  readonly keep: StatementSync
  readonly touch: StatementSync
}

/** Keeps responses in one file for all processes that open it. */
export function sqliteStore({
  path,
  notice,
  maxEntries,
  maxBytes = Number.MAX_SAFE_INTEGER,
  now = Date.now,
}: SqliteOptions): CacheStore {
  let connection: Promise<Connection> | undefined
  /** Uses that are not written yet: the next write takes them along. */
  const used = new Map<string, number>()

  async function use<T>(run: (connection: Connection) => T): Promise<T> {
    const own = (connection ??= open())
    try {
      return run(await own)
    } catch (error) {
      // else another use has met the same and opened the file anew
      if (connection === own) await leave(own, error)
      return run(await (connection ??= open()))
    }
  }

  /** Gives up a file that cannot be used any more. @throws what went wrong, where the file is not to blame */
  async function leave(own: Promise<Connection>, error: unknown): Promise<void> {
    const broken = await own.catch(() => undefined)
    if (broken && !isDamaged(error)) throw error
    if (connection === own) connection = undefined
    if (!broken) throw error
    broken.database.close()
    if (setAside(path, broken.inode)) noticeDamage()
  }

  async function open(): Promise<Connection> {
    const { database, inode } = await openSqlite(path, noticeDamage)
    return {
      database,
      inode,
      find: database.prepare('SELECT value, expiresAt, usedAt FROM responses WHERE key = ?'),
      keep: database.prepare(
        `INSERT INTO responses (key, value, bytes, expiresAt, usedAt) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, bytes = excluded.bytes,
           expiresAt = excluded.expiresAt, usedAt = excluded.usedAt`,
      ),
      touch: database.prepare('UPDATE responses SET usedAt = ? WHERE key = ? AND usedAt < ?'),
    }
  }

  function noticeDamage(): void {
    notice(
      `The response cache ${path} was damaged: it lies beside it as .damaged, and a new one was begun.`,
    )
  }

  function writeUses({ touch }: Connection): void {
    for (const [key, at] of used) touch.run(at, key, at)
    used.clear()
  }

  return {
    get: (key) =>
      use(({ find }) => {
        const row = find.get(key)
        if (!row || Number(row['expiresAt']) <= now()) return undefined
        if (now() - Number(row['usedAt']) > USE_PRECISION) used.set(key, now())
        return String(row['value'])
      }),
    set: (key, value, ttlMs) =>
      use((current) => {
        const bytes = Buffer.byteLength(value)
        if (bytes > maxBytes) return
        inTransaction(current.database, () => {
          current.keep.run(key, value, bytes, now() + ttlMs, now())
          writeUses(current)
          evict(current.database, { maxEntries, maxBytes, now: now() })
        })
      }),
    delete: (key) =>
      use(({ database }) => {
        database.prepare('DELETE FROM responses WHERE key = ?').run(key)
      }),
    async close() {
      if (!connection) return
      const last = await connection
      connection = undefined
      if (used.size > 0) inTransaction(last.database, () => writeUses(last))
      last.database.close()
    },
  }
}
