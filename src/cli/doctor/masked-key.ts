import type { Secret } from '../../model/secret.ts'

/** Below this length what a key begins with may be half of it. */
const SHORTEST = 16

/** A key as it may be shown: what its kind begins with, and its length, `sk-…(51 chars)`. */
export function maskedKey(key: Secret): string {
  const value = key.reveal()
  const kind = value.length < SHORTEST ? '' : (/^[a-z]{2,4}[-_]/i.exec(value)?.[0] ?? '')
  return `${kind}…(${value.length} chars)`
}
