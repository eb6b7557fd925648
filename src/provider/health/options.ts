import * as v from 'valibot'
import { respelled } from '../options/option-names.ts'
import type { Probe } from './probe.ts'

/** How the health of models is watched. Times are in milliseconds. */
export interface HealthOptions {
  /** Asks each model this often whether it answers. @default never: its calls alone tell how it is */
  readonly intervalMs?: number | undefined
  /** Failures in a row that make a model unhealthy. @default 3 */
  readonly failureThreshold?: number | undefined
  /** Successes in a row after which an unhealthy model is healthy again. @default 2 */
  readonly recoveryThreshold?: number | undefined
  /** A model whose last success took longer is degraded. @default 5000 */
  readonly degradedMs?: number | undefined
  /** Time for one probe; waiting for a permit does not count. @default 30_000 */
  readonly timeoutMs?: number | undefined
  /** The last results that the success rate is of. @default 100 */
  readonly history?: number | undefined
  /** What is asked every `intervalMs`. @default the provider's list of models */
  readonly probe?: Probe | undefined
}

/** Options with what holds where they say nothing. */
export interface HealthSettings {
  readonly intervalMs?: number | undefined
  readonly failureThreshold: number
  readonly recoveryThreshold: number
  readonly degradedMs: number
  readonly timeoutMs: number
  readonly history: number
  readonly probe?: Probe | undefined
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const milliseconds = v.pipe(v.number(), v.minValue(1), v.maxValue(2 ** 31 - 1))

const fields = v.strictObject({
  intervalMs: v.optional(milliseconds),
  failureThreshold: v.optional(count, 3),
  recoveryThreshold: v.optional(count, 2),
  degradedMs: v.optional(milliseconds, 5000),
  timeoutMs: v.optional(milliseconds, 30_000),
  history: v.optional(count, 100),
  probe: v.optional(v.custom<Probe>((value) => typeof value === 'function', expectedProbe)),
})

/** The option `health`, for a schema to take in. */
export const healthSchema: v.GenericSchema<unknown, HealthSettings> = v.pipe(
  v.unknown(),
  v.transform(respelled(fields)),
  fields,
  v.check(
    ({ intervalMs, probe }) => probe === undefined || intervalMs !== undefined,
    '`probe` is asked every `intervalMs`; set that too',
  ),
)

function expectedProbe({ received }: v.BaseIssue<unknown>): string {
  return `expected a function of a model and a signal, got ${received}`
}
