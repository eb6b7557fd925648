import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LocatedRow } from '../../src/dataset/dataset.ts'
import { jsonl } from '../../src/dataset/jsonl.ts'
import { AssayError, messageOf } from '../../src/model/error.ts'
import { isJournalRow, responsesOf } from './journal.ts'
import { type Located, parseRecording } from './recording.ts'

/**
 * Reads the responses of a run's folder, of a journal, or of a file of responses, JSON Lines or a list of JSON.
 *
 * @throws AssayError with file and line of what is damaged
 */
export async function readRecordings(from: string, baseDir: string): Promise<readonly Located[]> {
  const lines: LocatedRow[] = []
  for (const file of await filesOf(from, baseDir)) {
    if (file.endsWith('.json')) lines.push(...(await readList(file, baseDir)))
    else for await (const line of jsonl(file).open(baseDir)) lines.push(line)
  }
  const rows = lines.filter(({ value }) => isJournalRow(value))
  const others = lines.filter(({ value }) => !isJournalRow(value))
  const recordings = [
    ...responsesOf(rows),
    ...others.map(({ value, where }) => parseRecording(value, where)),
  ]
  if (recordings.length === 0) throw wrong(`${from} holds no response.`)
  return recordings
}

/** The file itself, or the journals of a folder. */
async function filesOf(from: string, baseDir: string): Promise<readonly string[]> {
  const path = resolve(baseDir, from)
  const found = await stat(path).catch((error: unknown) => {
    throw wrong(
      `there is no ${from} (${path}): give a run's folder or a file of responses as \`from\`. ` +
        'A relative path starts at the folder of the eval file.',
      error,
    )
  })
  if (!found.isDirectory()) return [from]
  const names = (await readdir(path)).filter((name) => /^rows-.*\.jsonl$/.test(name))
  if (names.length > 0) return names.toSorted().map((name) => join(from, name))
  throw wrong(`${from} is no folder of a run: it holds no journal, rows-….jsonl.`)
}

async function readList(file: string, baseDir: string): Promise<LocatedRow[]> {
  const values = parse(await readFile(resolve(baseDir, file), 'utf8'), file)
  if (!Array.isArray(values)) throw wrong(`${file}: expected a list of responses.`)
  return values.map((value: unknown, index) => ({ value, where: `${file}[${index}]` }))
}

/** @throws AssayError with the line, and without the text around it */
function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [, line] = /\bline (\d+)/.exec(messageOf(error)) ?? []
    throw wrong(
      `${file}${line === undefined ? '' : `:${line}`}: expected a list of responses in JSON.`,
    )
  }
}

function wrong(problem: string, cause?: unknown): AssayError {
  return new AssayError(`replay: ${problem}`, { kind: 'config', provider: 'replay', cause })
}
