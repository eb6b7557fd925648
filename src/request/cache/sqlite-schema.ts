import type { DatabaseSync } from 'node:sqlite'
import { AssayError } from '../../model/error.ts'

/** Counts up when tables or values change: what was kept before is then dropped. */
const VERSION = 1

/** Marks a file as ours: `assy` in ASCII. */
export const APPLICATION = 0x61_73_73_79

// the triggers keep the totals, so that no write has to count; the second index holds all that eviction reads
const tables = `
  DROP TABLE IF EXISTS responses;
  DROP TABLE IF EXISTS total;
  CREATE TABLE responses (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    expiresAt INTEGER NOT NULL,
    usedAt INTEGER NOT NULL
  );
  CREATE INDEX responsesByExpiry ON responses (expiresAt);
  CREATE INDEX responsesByUse ON responses (usedAt, bytes);
  CREATE TABLE total (entries INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT INTO total VALUES (0, 0);
  CREATE TRIGGER added AFTER INSERT ON responses BEGIN
    UPDATE total SET entries = entries + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER removed AFTER DELETE ON responses BEGIN
    UPDATE total SET entries = entries - 1, bytes = bytes - old.bytes;
  END;
  CREATE TRIGGER changed AFTER UPDATE OF bytes ON responses BEGIN
    UPDATE total SET bytes = bytes + new.bytes - old.bytes;
  END;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
`

/** Makes the tables where they are not there yet. @throws AssayError for a database of something else */
export function prepareTables(database: DatabaseSync, path: string): void {
  if (isPrepared(database)) return
  inTransaction(database, () => {
    if (isPrepared(database)) return // another process was faster
    const isEmpty = numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0
    if (!isEmpty && numberOf(database, 'PRAGMA application_id') !== APPLICATION) {
      const message = `cache: ${path} is a database of something else; give the cache a \`path\` of its own.`
      throw new AssayError(message, { kind: 'config' })
    }
    database.exec(tables)
  })
}

/** Runs statements as one that happens wholly or not at all, after those of other processes. */
export function inTransaction(database: DatabaseSync, run: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    run()
    database.exec('COMMIT')
  } catch (error) {
    tryRollback(database)
    throw error
  }
}

function tryRollback(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // some errors have ended it already
  }
}

function isPrepared(database: DatabaseSync): boolean {
  return (
    numberOf(database, 'PRAGMA application_id') === APPLICATION &&
    numberOf(database, 'PRAGMA user_version') === VERSION
  )
}

function numberOf(database: DatabaseSync, query: string): number {
  return Number(Object.values(database.prepare(query).get() ?? {})[0])
}
