import type { StandardSchemaV1 } from '../model/standard-schema.ts'

/** A text in the place of an option that may be no text: one of the environment knows nothing else. */
export class LooseText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Path = readonly PropertyKey[]

/**
 * The options with each loose text as what the schema takes in its place: a text, else a number, a truth value,
 * JSON, or a list with commas. What fits nothing stays a text.
 */
export async function tighten(
  options: object,
  schema: StandardSchemaV1 | undefined,
): Promise<object> {
  let tight = replace(options, ({ text }) => text)
  const loose = pathsOf(options)
  for (const { path, text } of loose) {
    for (const value of readings(text)) {
      if (!(await isRefused(tight, path, schema))) break
      const other = withValue(tight, path, value)
      const isTaken = async (one: object) => !(await isRefused(one, path, schema))
      // where an object goes, some schemas take a list for one
      if (Array.isArray(value) && (await isTaken(withValue(tight, path, {})))) continue
      if (await isTaken(other)) tight = other
    }
  }
  return tight
}

function readings(text: string): unknown[] {
  const parts = text.split(',').map((part) => part.trim())
  const values: unknown[] = []
  try {
    values.push(JSON.parse(text)) // numbers and truth values too
  } catch {
    // no JSON
  }
  return [...values, parts, parts.map(Number)]
}

async function isRefused(
  options: object,
  path: Path,
  schema: StandardSchemaV1 | undefined,
): Promise<boolean> {
  const { issues = [] } = (await schema?.['~standard'].validate(options)) ?? {}
  return issues.some(({ path: at = [] }) =>
    path.every((key, index) => {
      const part = at[index]
      return (typeof part === 'object' ? part.key : part) === key
    }),
  )
}

function pathsOf(value: unknown, path: Path = []): { path: Path; text: string }[] {
  if (value instanceof LooseText) return [{ path, text: value.text }]
  if (!isPlain(value)) return []
  return Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]))
}

function replace<T>(value: T, by: (loose: LooseText) => unknown): T {
  if (value instanceof LooseText) return by(value) as T
  if (Array.isArray(value)) return value.map((one: unknown) => replace(one, by)) as T
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replace(one, by)])) as T
}

function withValue(target: object, [key, ...rest]: Path, value: unknown): object {
  const fields = target as Record<PropertyKey, object>
  return { ...fields, [key!]: rest.length > 0 ? withValue(fields[key!]!, rest, value) : value }
}

/** An object of JSON's kind, and no instance of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
