import { AssayError } from '../model/error.ts'
import type { ListedServer } from '../server/protocol.ts'

const SHORTEST = 8

/** How many characters of an id are shown: enough to tell all of these servers apart. */
export function idLength(servers: readonly ListedServer[]): number {
  const longest = Math.max(SHORTEST, ...servers.map(({ id }) => id.length))
  for (let length = SHORTEST; length < longest; length++) {
    if (new Set(servers.map(({ id }) => id.slice(0, length))).size === servers.length) return length
  }
  return longest
}

/**
 * The server whose id is `text`, or the only one whose id begins with it; undefined if there is none.
 * @throws AssayError of kind `config` if it could be several
 */
export function findServer(
  servers: readonly ListedServer[],
  text: string,
): ListedServer | undefined {
  if (text === '') return undefined // of a variable that is not set: it would fit all
  const found = servers.filter(({ id }) => id.startsWith(text))
  if (found.length < 2) return found[0]
  const exact = found.find(({ id }) => id === text)
  if (exact) return exact
  const ids = found.map(({ id }) => id.slice(0, idLength(found))).join(', ')
  const message = `The id "${text}" could be ${found.length} servers: ${ids}. Give more of it.`
  throw new AssayError(message, { kind: 'config' })
}
