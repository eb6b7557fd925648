import { isPlain, mapData } from '../../model/plain-data.ts'
import type { StandardSchemaV1 } from '../../model/standard-schema.ts'

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
 * JSON, or a list with commas. What fits nothing stays a text, except for JSON of which only a part is wrong.
 */
export async function tighten(
  options: object,
  schema: StandardSchemaV1 | undefined,
): Promise<object> {
  let tight = mapData(options, textOf) as object
  const loose = pathsOf(options)
  for (const { path, text } of loose) {
    for (const value of readings(text)) {
      if (!(await isRefused(tight, path, schema))) break
      const other = withValue(tight, path, value)
      const isTaken = async (one: object) => !(await isRefused(one, path, schema))
      // where an object goes, some schemas take a list for one
      if (Array.isArray(value) && (await isTaken(withValue(tight, path, {})))) continue
      const isFit = await isTaken(other)
      // what is wrong within an object or a list tells more than that a text is none
      if (isFit || (isContainer(jsonIn(text)) && !(await isRefused(other, path, schema, 'whole'))))
        tight = other
    }
  }
  return tight
}

function textOf(value: unknown): string | undefined {
  return value instanceof LooseText ? value.text : undefined
}

function readings(text: string): unknown[] {
  const json = jsonIn(text) // numbers and truth values too
  if (isContainer(json)) return [json]
  const parts = text.split(',').map((part) => part.trim())
  return [...(json === undefined ? [] : [json]), parts, parts.map(Number)]
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

async function isRefused(
  options: object,
  path: Path,
  schema: StandardSchemaV1 | undefined,
  what: 'whole' | 'part' = 'part',
): Promise<boolean> {
  const { issues = [] } = (await schema?.['~standard'].validate(options)) ?? {}
  return issues.some(({ path: at = [] }) => {
    if (what === 'whole' && at.length > path.length) return false
    return path.every((key, index) => {
      const part = at[index]
      return (typeof part === 'object' ? part.key : part) === key
    })
  })
}

function pathsOf(value: unknown, path: Path = []): { path: Path; text: string }[] {
  if (value instanceof LooseText) return [{ path, text: value.text }]
  if (Array.isArray(value)) return value.flatMap((one, index) => pathsOf(one, [...path, index]))
  if (!isPlain(value)) return []
  return Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]))
}

function withValue(target: object, [key, ...rest]: Path, value: unknown): object {
  const fields = target as Record<PropertyKey, object>
  if (Array.isArray(target)) {
    return target.map((one: object, index) => {
      if (index !== key) return one
      return rest.length > 0 ? withValue(one, rest, value) : value
    })
  }
  return { ...fields, [key!]: rest.length > 0 ? withValue(fields[key!]!, rest, value) : value }
}
