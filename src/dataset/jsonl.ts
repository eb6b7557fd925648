import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssayError, messageOf } from '../model/error.ts'
import { createDataset, type Dataset, type LocatedRow } from './dataset.ts'

/**
 * Rows of a JSON Lines file: one JSON value per line, blank lines skipped, read as they are needed.
 *
 * @param path a URL, or a path that is relative to the eval file (to the working directory where it is
 *   read outside of `foreach`)
 * @throws AssayError while reading, with file and line
 */
// oxlint-disable-next-line typescript/no-explicit-any -- rows of a file have the type that the user gives them
export function jsonl<Row = any>(path: string | URL): Dataset<Row> {
  const name = typeof path === 'string' ? path : fileURLToPath(path)
  return createDataset(name, (base) => read<Row>(name, resolve(base, name)))
}

async function* read<Row>(name: string, path: string): AsyncGenerator<LocatedRow<Row>, void, void> {
  let line = 0
  for await (const text of lines(name, path)) {
    line++
    if (text.trim() === '') continue
    const where = `${name}:${line}`
    yield { value: parse(text, where) as Row, where }
  }
}

async function* lines(name: string, path: string): AsyncGenerator<string, void, void> {
  let rest = ''
  let first = true
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      const text = first ? withoutByteOrderMark(chunk as string) : (chunk as string)
      first = false
      const parts = (rest + text).split('\n')
      rest = parts.pop()!
      yield* parts
    }
  } catch (error) {
    throw unreadable(error, name, path)
  }
  if (rest !== '') yield rest
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AssayError(`${where}: expected one JSON value per line: ${messageOf(error)}`, {
      kind: 'config',
      cause: error,
    })
  }
}

function unreadable(error: unknown, name: string, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  const reason = code === 'ENOENT' ? 'there is no such file' : messageOf(error)
  return new AssayError(
    `${name}: ${reason} (${path}). A relative path starts at the folder of the eval file.`,
    { kind: 'config', cause: error },
  )
}
