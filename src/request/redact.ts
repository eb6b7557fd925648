import type { Secret } from '../model/secret.ts'

/** Returns `text` with `***` for each secret, also where it stands encoded for a URL or for JSON. */
export function redact(text: string, secrets: readonly Secret[]): string {
  const values = secrets.flatMap((secret) => spellings(secret.reveal()))
  // the longest first: one secret may be the beginning of another
  return values
    .toSorted((a, b) => b.length - a.length)
    .reduce((redacted, value) => redacted.replaceAll(value, '***'), text)
}

function spellings(value: string): string[] {
  if (value === '') return []
  return [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]
}
