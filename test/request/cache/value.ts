import { createHash } from 'node:crypto'

/** A response for a number: of some size, and nothing like its neighbours. */
export function valueOf(n: number): string {
  const hash = createHash('sha256').update(String(n)).digest('hex')
  return `${n} ${hash.repeat(1 + (n % 200))}`
}
