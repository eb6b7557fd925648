import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type * as Sqlite from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { AssayError } from '../../model/error.ts'
import { APPLICATION, prepareTables } from './sqlite-schema.ts'

/** An open file, and which file it was: another may have taken its place since. */
export interface SqliteFile {
  readonly database: Sqlite.DatabaseSync
  readonly inode: bigint | undefined
}

/** Tries until another process is done: with making the file, or with setting it aside. */
const TRIES = 100
const PAUSE = 20

/** How long one statement waits for the writes of other processes, in milliseconds. */
const BUSY_TIMEOUT = 2000

/** A file that takes longer to be set aside was left by a process that died at it. */
const STALE = 10_000

/** Opens the file of responses; one that is damaged is set aside, and `onSetAside` is told. */
export async function openSqlite(path: string, onSetAside: () => void): Promise<SqliteFile> {
  for (let tries = 1; ; tries++) {
    const inode = makeFile(path)
    try {
      return { database: connect(path), inode }
    } catch (error) {
      if (codeOf(error) === SQLITE_NOTADB && !wasOurs(path)) throw notOurs(path)
      if (tries === TRIES || !(isDamaged(error) || isBusy(error))) throw error
      if (isDamaged(error) && setAside(path, inode)) onSetAside()
    }
    await sleep(PAUSE)
  }
}

/** Puts a damaged file beside its place; not one that another process has put there since. */
export function setAside(path: string, inode: bigint | undefined): boolean {
  const lock = `${path}.lock`
  if (!takeLock(lock)) return false
  try {
    if (inodeOf(path) !== inode) return false
    for (const part of ['-wal', '-shm']) rmSync(path + part, { force: true })
    renameSync(path, freeName(`${path}.damaged`))
    return true
  } finally {
    rmSync(lock, { force: true })
  }
}

/** A file of something else is not to be touched: only what still looks like our database is damaged. */
function wasOurs(path: string): boolean {
  const head = Buffer.alloc(72)
  const descriptor = openSync(path, 'r')
  try {
    readSync(descriptor, head, 0, head.length, 0)
  } finally {
    closeSync(descriptor)
  }
  const isEmpty = head.every((byte) => byte === 0)
  return isEmpty || path.endsWith('.sqlite') || head.readUInt32BE(68) === APPLICATION
}

function notOurs(path: string): AssayError {
  const message = `cache: ${path} is no file of the cache; give the cache a \`path\` of its own.`
  return new AssayError(message, { kind: 'config' })
}

/** What was set aside before stays. */
function freeName(path: string): string {
  let name = path
  for (let n = 2; existsSync(name); n++) name = `${path}-${n}`
  return name
}

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** Whether an error says that a file is no database, or a broken one. */
export function isDamaged(error: unknown): boolean {
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(codeOf(error))
}

function isBusy(error: unknown): boolean {
  return codeOf(error) === SQLITE_BUSY
}

/** The primary code; the bits above it only say more. */
function codeOf(error: unknown): number {
  const { errcode = 0 } = Object(error) as { errcode?: number }
  return errcode & 0xff
}

function connect(path: string): Sqlite.DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path)
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = NORMAL')
    prepareTables(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Node 22 warns that the module is experimental; what we use of it is not what changes. */
function loadSqlite(): typeof Sqlite {
  const emitWarning: typeof process.emitWarning = Reflect.get(process, 'emitWarning')
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Responses are for their owner's eyes: SQLite gives the files beside it the same mode. */
function makeFile(path: string): bigint | undefined {
  const folder = dirname(path)
  mkdirSync(dirname(folder), { recursive: true })
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  closeSync(openSync(path, 'a', 0o600))
  return inodeOf(path)
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}

function takeLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - since > STALE) rmSync(lock, { force: true })
    return false
  }
}
