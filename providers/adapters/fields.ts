import { AssayError } from '../../src/model/error.ts'
import type { Method } from './methods.ts'
import type { Subject } from './subject.ts'

/** What a user's method returned, read field by field. What is wrong is named by its path, and never shown. */
export interface Fields {
  readonly all: Readonly<Record<string, unknown>>
  /** @throws AssayError `parse` where the field is missing or of another type */
  require<T extends TypeName>(name: string, type: T): TypeOf[T]
  /** As `require`, but the field may be missing or null. */
  optional<T extends TypeName>(name: string, type: T): TypeOf[T] | undefined
  /** The fields of an object within; none where it is missing. */
  within(name: string): Fields
}

interface TypeOf {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
}
type TypeName = keyof TypeOf

/** @throws AssayError `parse` for what is no object */
export function fieldsOf(value: unknown, method: Method, subject: Subject): Fields {
  const wrong = (path: string, expected: string, got: unknown) =>
    wrongAnswer(method, subject, { path, expected, got })
  return read(value, '', wrong)
}

type Wrong = (path: string, expected: string, got: unknown) => AssayError

function read(value: unknown, path: string, wrong: Wrong): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(path, 'an object', value)
  }
  const all = value as Readonly<Record<string, unknown>>
  const pathOf = (name: string) => (path === '' ? name : `${path}.${name}`)
  const fields: Fields = {
    all,
    require(name, type) {
      const field = all[name]
      if (typeof field === type) return field as TypeOf[typeof type]
      throw wrong(pathOf(name), names[type], field)
    },
    optional(name, type) {
      return isMissing(all[name]) ? undefined : fields.require(name, type)
    },
    within: (name) => read(all[name] ?? {}, pathOf(name), wrong),
  }
  return fields
}

interface WrongAnswer {
  /** Where it stands in what the method returned; '' for all of it. */
  readonly path?: string
  readonly expected: string
  readonly got: unknown
}

/** The error of a method that returned something else than it should. */
export function wrongAnswer(
  { name }: Method,
  { spec, provider }: Subject,
  { path = '', expected, got }: WrongAnswer,
): AssayError {
  const field = path && `\`${path}\`: `
  return new AssayError(
    `${spec}: what \`${name}\` returned: ${field}expected ${expected}, got ${typeName(got)}.`,
    { kind: 'parse', provider },
  )
}

const names: Readonly<Record<TypeName, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null
}

/** The type alone: the value may be a response. */
export function typeName(value: unknown): string {
  if (isMissing(value)) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'number' ? 'a number' : typeof value
}
