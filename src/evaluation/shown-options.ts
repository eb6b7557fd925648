import { isTelling, mayBeSecret } from '../model/may-be-secret.ts'
import { Secret } from '../model/secret.ts'

/** A model's options as they may stand in a file: plain data, with `***` for what is or may be secret. */
export function shownOptions(options: object): Readonly<Record<string, unknown>> {
  return shown(options, false) as Record<string, unknown>
}

/** A URL, or a template of one, without what may be secret in it. */
export function shownURL(url: string): string {
  const [place = '', query] = url.split('?')
  const path = place
    .replace(/\/\/[^/]*@/, '//***@')
    .replaceAll(/(?<=[^/]\/)[^/]+/g, (segment) => masked('', segment))
  if (query === undefined) return path
  const fields = query.split('&').map((field) => {
    const [name = '', ...value] = field.split('=')
    return value.length > 0 ? `${name}=${masked(name, value.join('='))}` : masked('', name)
  })
  return `${path}?${fields.join('&')}`
}

function masked(name: string, value: string): string {
  return mayBeSecret(name, value) ? '***' : value
}

/** `sent` is what goes into requests as it stands, where a key may have any name. */
function shown(value: unknown, sent: boolean): unknown {
  if (value instanceof Secret) return String(value)
  if (typeof value === 'string') return shownText(value, sent)
  if (typeof value === 'function') return `[function ${value.name}]`
  if (Array.isArray(value)) return value.map((item) => shown(item, sent))
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  // an instance may hold anything, itself too
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor.name}]`
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    isHidden(name) && item !== undefined ? '***' : shown(item, sent || name === 'body'),
  ])
  return Object.fromEntries(entries)
}

/** Whether an option carries what must not be written down, whatever it looks like. */
function isHidden(name: string): boolean {
  return isTelling(name) || name.toLowerCase() === 'headers'
}

function shownText(text: string, sent: boolean): string {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return shownURL(text)
  return sent ? masked('', text) : text
}
