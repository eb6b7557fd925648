import { isRecord } from '../../src/request/is-record.ts'

/** A usage as a server sends it. */
export type RawUsage = Readonly<Record<string, unknown>>

/**
 * Reads what a response cost, in US dollars, from its usage: `null` where the server says and it is unknown all
 * the same, `undefined` where it does not say.
 */
export type CostOf = (usage: RawUsage) => number | null | undefined

/** The cost that a completion, or one of its chunks, tells by itself; nothing where none does. */
export function ownCost(
  bodies: readonly unknown[],
  costOf: CostOf | undefined,
): { readonly costUsd?: number | null } {
  const usage = bodies.map(usageIn).findLast((one) => one !== undefined)
  const costUsd = usage && costOf?.(usage)
  return costUsd === undefined ? {} : { costUsd }
}

/** An amount that a server sends; nothing for what is none. */
export function toDollars(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

function usageIn(body: unknown): RawUsage | undefined {
  const usage = isRecord(body) ? body['usage'] : undefined
  return isRecord(usage) ? usage : undefined
}
