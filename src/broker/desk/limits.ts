import { AssayError } from '../../model/error.ts'
import type { Limits, PermitPool } from '../../model/permit.ts'

export interface LimitOptions {
  /**
   * Permits of a provider, by its name; `default` is for the others. The number holds over all keys, models
   * and workers. Without one it adapts, from 10 up to 100.
   */
  readonly concurrency?: Readonly<Record<string, number>> | undefined
  /**
   * Limits by the name of a provider, with `default` for the others, or of one model by its spec. Those of a
   * provider are per key, since that is what vendors count by; its concurrency is over all keys.
   */
  readonly limits?: Readonly<Record<string, Limits>> | undefined
}

/** What is said of a provider by name goes before what is said of all. */
export function limitsOfProvider({ concurrency, limits }: LimitOptions, name: string): Limits {
  const own = limits?.[name]
  const number =
    concurrency?.[name] ??
    own?.concurrency ??
    concurrency?.['default'] ??
    limits?.['default']?.concurrency
  return { ...(own ?? limits?.['default']), concurrency: number }
}

/** A pool's own limits and those of the options both hold. */
export function limitsOfModel({ limits }: LimitOptions, pool: PermitPool): readonly Limits[] {
  const spec = `${pool.provider}/${pool.model}`
  if (pool.limits) checkLimits(spec, pool.limits)
  return [pool.limits ?? {}, limits?.[spec] ?? {}]
}

/** @throws AssayError for a number that nothing could ever pass */
export function checkLimitOptions({ concurrency = {}, limits = {} }: LimitOptions): void {
  for (const [name, number] of Object.entries(concurrency)) {
    checkLimits(name, { concurrency: number })
  }
  for (const [name, one] of Object.entries(limits)) checkLimits(name, one)
}

function checkLimits(name: string, limits: Limits): void {
  for (const [what, number] of Object.entries(limits)) {
    if (number === undefined || (Number.isInteger(number) && number >= 1)) continue
    const message = `Expected ${what} of ${name} to be a whole number from 1, got ${number}.`
    throw new AssayError(message, { kind: 'config' })
  }
}
