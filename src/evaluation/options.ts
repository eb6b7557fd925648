import { AssayError } from '../model/error.ts'
import type { Definition } from './definition.ts'

const checks = {
  models: [(value) => Array.isArray(value) && value.length > 0, 'a list with at least one model'],
  judge: [isChoice, 'a spec, { spec, options } or a function'],
  fixer: [isChoice, 'a spec, { spec, options } or a function'],
  trials: [isCount, 'a whole number of at least 1'],
  concurrency: [isCount, 'a whole number of at least 1'],
  limit: [isCount, 'a whole number of at least 1'],
  rowTimeout: [
    (value) => isNumber(value) && value >= 0 && value < 2 ** 31,
    'milliseconds, or 0 for none',
  ],
  maxErrorRate: [(value) => isNumber(value) && value >= 0 && value <= 1, 'a share from 0 to 1'],
  tags: [
    (value) => typeof value === 'object' && value !== null,
    'a list of names, or names with their tests',
  ],
  id: [(value) => typeof value === 'function', 'a function of the row'],
  schema: [(value) => '~standard' in Object(value), 'a Standard Schema'],
} as const satisfies Record<
  keyof Definition['options'],
  readonly [(value: unknown) => boolean, string]
>

/** @throws AssayError for an option that `foreach` does not have, or a value that it cannot be */
export function checkOptions(options: Definition['options']): void {
  if (typeof options !== 'object' || options === null) {
    throw new AssayError(
      `foreach: expected options, got ${options === null ? 'null' : typeof options}; name and body come in a second call, foreach(rows)('name', body).`,
      { kind: 'config' },
    )
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) {
      const known = Object.keys(checks).join(', ')
      throw new AssayError(`foreach: expected options of ${known}; got \`${name}\`.`, {
        kind: 'config',
      })
    }
    const [holds, expected] = checks[name as keyof typeof checks]
    if (value !== undefined && !holds(value)) {
      throw new AssayError(`foreach: expected \`${name}\` to be ${expected}; got ${show(value)}.`, {
        kind: 'config',
      })
    }
  }
}

function isChoice(value: unknown): boolean {
  return ['string', 'object', 'function'].includes(typeof value) && value !== null
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value)
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
}
