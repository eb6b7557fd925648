import { findLiteralKeys } from '../../config/file/secrets.ts'
import { isTelling, mayBeSecret, quoted } from '../../model/may-be-secret.ts'
import { wrong } from './wrong.ts'

export type Fields = Readonly<Record<string, unknown>>

interface Given {
  /** `name=value`. */
  readonly values?: readonly string[] | undefined
  /** `name=VARIABLE`. */
  readonly variables?: readonly string[] | undefined
  /** The flag of the values; that of the variables has `-env` behind it. */
  readonly flag: string
}

/**
 * Fields as flags give them. A value that is JSON is that (`0.2`, `true`, `"1.0"`, `["a"]`), and all else is a text.
 * @throws AssayError `config` for a secret that is no reference, and for a name that stands there twice
 */
export function fieldsOf({ values = [], variables = [], flag }: Given): Fields {
  const entries = [
    ...values.map((one) => valueOf(one, flag)),
    ...variables.map((one) => referenceOf(one, `${flag}-env`)),
  ]
  const names = entries.map(([name]) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw wrong(`${flag}: ${quoted(twice)} is given twice.`)
  return Object.fromEntries(entries)
}

function valueOf(given: string, flag: string): [string, unknown] {
  const [name, text] = split(given, flag, 'name=value')
  const value = valueIn(text)
  if (isSecret(name, value)) {
    throw wrong(
      `${flag} ${name}=…: a secret does not go into the file; keep it in a variable of the environment, and write ${flag}-env ${name}=${variableFor(name)}.`,
    )
  }
  return [name, value]
}

function referenceOf(given: string, flag: string): [string, string] {
  const [name, variable] = split(given, flag, 'name=VARIABLE')
  if (isVariable(variable)) return [name, `\${${variable}}`]
  // not what came: it may be the key itself
  throw wrong(`${flag} ${name}=…: expected the name of a variable, as ${variableFor(name)}.`)
}

function split(given: string, flag: string, form: string): [string, string] {
  const at = given.indexOf('=')
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)]
  throw wrong(`${flag}: expected ${form}, got ${quoted(given)}.`)
}

/** Words in capitals, or what looks like no key: many keys are of the letters that names are of. */
function isVariable(text: string): boolean {
  if (!/^[A-Za-z_]\w*$/.test(text)) return false
  return /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(text) || !mayBeSecret('', text)
}

/** Whether reading the file would warn of it, or it is a number, or the default of a variable. */
function isSecret(name: string, value: unknown): boolean {
  if (typeof value === 'object') return hasSecret({ [name]: value })
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return hasSecret({ [name]: text }) || (isTelling(name) && /\$\{\w+:-[^}]/.test(text))
}

/** Whether there is a secret in what is to be written into the file. */
export function hasSecret(value: unknown): boolean {
  return findLiteralKeys({ value, placeOf: String, spell: String }).length > 0
}

/** What a variable with this is usually called: `apiKey` is in `API_KEY`. */
export function variableFor(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/\W+/g, '_')
    .toUpperCase()
}

function valueIn(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown
    return isExact(value) ? value : text
  } catch {
    return text
  }
}

/** A number that JavaScript would round is an id. */
function isExact(value: unknown): boolean {
  if (typeof value === 'object') return Object.values(value ?? {}).every((one) => isExact(one))
  if (typeof value !== 'number') return true
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}
