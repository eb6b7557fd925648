import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a supervisor leaves behind of each server, for whoever has to end it in its place. */
export interface ServerRecord {
  readonly version: 1
  readonly mark: string
  /** Its first process; `null` as long as it is not started. */
  readonly pid: number | null
  readonly start: string | null
  readonly port: number
  /** Name of the program. */
  readonly command: string
  readonly log: string
}

export async function writeRecord(folder: string, record: ServerRecord): Promise<void> {
  const path = recordPath(folder, record.mark)
  await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

export async function removeRecord(folder: string, mark: string): Promise<void> {
  await rm(recordPath(folder, mark), { force: true })
}

/** Those of another version, and what else lies there, are left out. */
export async function readRecords(folder: string): Promise<ServerRecord[]> {
  const names = await readdir(folder).catch(() => [])
  const records = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => read(join(folder, name))),
  )
  return records.filter((record) => record !== null)
}

function recordPath(folder: string, mark: string): string {
  return join(folder, `${mark}.json`)
}

async function read(path: string): Promise<ServerRecord | null> {
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as ServerRecord
    return record.version === 1 ? record : null
  } catch {
    return null
  }
}
