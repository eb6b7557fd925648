import { AssayError } from '../model/error.ts'
import type { Score } from '../scorer/score.ts'
import { type ScoreRecord, toJournal } from './record.ts'

type Value = number | boolean | Score

/** What a body may return. `void` only beside `expect` from the context. */
export type Measured = Value | readonly Score[] | { readonly [name: string]: Value | undefined }

/** The score names in what a body returns; distributes over unions. */
export type ScoreName<R> = R extends number | boolean
  ? 'score'
  : R extends Score<infer Name>
    ? Name
    : R extends readonly (infer S)[]
      ? S extends Score<infer Name>
        ? Name
        : never
      : R extends object
        ? keyof R & string
        : never

/** Brings what a body returned to scores by name; a record's keys go over its scores' own names. */
export function scoresOf(measured: unknown): Record<string, ScoreRecord> {
  if (measured === undefined) return {}
  if (typeof measured === 'number' || typeof measured === 'boolean') {
    return { score: scoreRecord('score', measured) }
  }
  if (typeof measured !== 'object' || measured === null) throw unexpected('the body', measured)
  if (isScore(measured)) return { [measured.name]: scoreRecord(measured.name, measured) }
  return Object.fromEntries(Array.isArray(measured) ? ofList(measured) : ofRecord(measured))
}

function ofList(list: readonly unknown[]): [string, ScoreRecord][] {
  const names = new Set<string>()
  return list.map((score) => {
    if (!isScore(score)) throw unexpected('the body, in a list,', score)
    if (names.has(score.name)) {
      const message = `The body returned two scores named "${score.name}"; name them in a record.`
      throw new AssayError(message, { kind: 'config' })
    }
    names.add(score.name)
    return [score.name, scoreRecord(score.name, score)]
  })
}

function ofRecord(record: object): [string, ScoreRecord][] {
  const prototype: unknown = Object.getPrototypeOf(record)
  if (prototype !== Object.prototype && prototype !== null) throw unexpected('the body', record)
  return Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, scoreRecord(name, value)])
}

function scoreRecord(name: string, measured: unknown): ScoreRecord {
  const score: { value: unknown } =
    typeof measured === 'object' && measured !== null && 'value' in measured
      ? measured
      : { value: measured }
  const value = typeof score.value === 'boolean' ? Number(score.value) : score.value
  if (typeof value !== 'number') throw unexpected(`the score "${name}"`, value)
  if (!Number.isFinite(value)) {
    throw new AssayError(`The score "${name}" is ${value}; expected a finite number.`, {
      kind: 'config',
    })
  }
  const { expected, actual, reason } = score as Partial<ScoreRecord>
  return {
    value,
    ...(expected !== undefined && { expected: toJournal(expected) }),
    ...(actual !== undefined && { actual: toJournal(actual) }),
    ...(reason !== undefined && { reason: String(toJournal(reason)) }),
  }
}

function isScore(value: unknown): value is Score {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'value' in value
  )
}

function unexpected(what: string, got: unknown): AssayError {
  const type = typeName(got)
  return new AssayError(
    `Expected ${what} to give a score (a number, a boolean, a Score, several, or a record of them), got ${type}.`,
    { kind: 'config' },
  )
}

function typeName(got: unknown): string {
  if (got === null) return 'null'
  if (Array.isArray(got)) return 'a list'
  if (got instanceof Promise) return 'a promise: await it'
  const name = typeof got === 'object' ? got.constructor?.name : undefined
  return name && name !== 'Object' ? `a ${name}` : typeof got
}
