import { open } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'

/** Bytes of the end of a log that are read: 50 lines have a tenth of it. */
const REACH = 256 * 1024

/**
 * The last lines of a log that are not empty, without colours; of a line that was written over, as by a
 * progress bar, what it showed last. Reads only the end of a large file; one that is not there has no lines.
 */
export async function readLogEnd(path: string, lines = 50): Promise<string[]> {
  return stripVTControlCharacters(await readEnd(path))
    .split('\n')
    .map(lastShown)
    .filter((line) => line !== '')
    .slice(-lines)
}

function lastShown(line: string): string {
  return (line.split('\r').findLast((part) => part.trim() !== '') ?? '').trimEnd()
}

async function readEnd(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const from = Math.max(0, size - REACH)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), { position: from })
    const text = buffer.toString('utf8', 0, bytesRead)
    // the first line of a part is the rest of one
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
