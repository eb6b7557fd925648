import * as v from 'valibot'
import { isShowable } from './may-be-secret.ts'
import { byNearness, meantBy } from './nearest.ts'
import type { Describe, StandardSchemaV1 } from './standard-schema.ts'

/** `describeIssues` for a schema of options that may be one of ours; nothing for one of another library. */
export function describerOf(schema: StandardSchemaV1): Describe | undefined {
  if (schema['~standard'].vendor !== 'valibot') return undefined
  return (issues) => describeIssues(issues as readonly v.BaseIssue<unknown>[], schema)
}

/** Says what is wrong with options: where, what was expected, what came. The schema knows which there are. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[], schema: object): string {
  return issues.map((issue) => describe(issue, schema)).join('; ')
}

function describe(issue: v.BaseIssue<unknown>, schema: object): string {
  const path = v.getDotPath(issue)
  const at = path ? `\`${path}\`: ` : ''
  if (issue.expected === 'never') return describeUnknown(issue, schema)
  if (issue.type === 'strict_object' && issue.received === 'undefined') return `${at}it is missing`
  const own = !issue.message.startsWith('Invalid ')
  if (own) return at + withoutSecret(issue.message, issue)
  if (issue.type === 'non_empty') return `${at}it is empty`
  const expected = expectedIn(issue)
  const said =
    expected === undefined ? issue.message : `expected ${expected}, got ${issue.received}`
  return at + withoutSecret(said, issue)
}

/** What is said, with `a text` for one that came and may be a key. */
function withoutSecret(said: string, { input }: v.BaseIssue<unknown>): string {
  if (typeof input !== 'string' || input === '') return said
  if (isShowable(input)) return said
  return said.replaceAll(`"${input}"`, 'a text').replaceAll(input, 'a text')
}

function describeUnknown(issue: v.BaseIssue<unknown>, schema: object): string {
  const said = `there is no option \`${v.getDotPath(issue) ?? issue.received}\``
  const keys = (issue.path ?? []).map(({ key }) => String(key))
  const known = optionsAt(schema, keys.slice(0, -1))
  if (known.length === 0) return said
  const unknown = keys.at(-1)!
  const meant = meantBy(unknown, known)
  if (meant !== undefined) return `${said} (did you mean \`${meant}\`?)`
  return `${said} (there are ${byNearness(unknown, known).join(', ')})`
}

/** The names of the options below a path, as far as they can be seen in the schema. */
function optionsAt(schema: object, path: readonly string[]): string[] {
  let at: Layers | undefined = schema
  for (const key of path) {
    const { entries, value } = objectIn(at)
    at = entries?.[key] ?? value
  }
  return Object.keys(objectIn(at).entries ?? {})
}

/** What valibot's schemas are made of. */
interface Layers {
  readonly entries?: Readonly<Record<string, Layers>>
  /** Of a record. */
  readonly value?: Layers
  /** Of one that is optional. */
  readonly wrapped?: Layers
  readonly pipe?: readonly Layers[]
}

function objectIn(schema: Layers | undefined): Layers {
  if (schema?.wrapped) return objectIn(schema.wrapped)
  const all = schema?.pipe ?? (schema ? [schema] : [])
  return all.find(({ entries, value }) => entries ?? value) ?? {}
}

/** Without the bounds' signs a reader must guess what they are for. */
function expectedIn({ expected, type }: v.BaseIssue<unknown>): string | undefined {
  if (type === 'integer') return 'a whole number'
  if (expected === null) return undefined
  if (type === 'min_value') return expected.replace('>=', 'at least ')
  if (type === 'max_value') return expected.replace('<=', 'at most ')
  if (type === 'gt_value') return expected.replace('>', 'more than ')
  if (type === 'includes') return `a text with ${expected}`
  if (expected === 'Object') return 'an object'
  return expected
    .replaceAll(/[()]/g, '')
    .replaceAll(' | ', ' or ')
    .replaceAll(/\b(?:Array|Object)\b/g, (name) => name.toLowerCase())
}
