import * as v from 'valibot'
import type { PortChoice, ServerRequirements } from '../../../src/model/lease.ts'
import { chatOptions, type ChatOptions } from '../../openai-compatible/options.ts'
import type { Schemas } from '../remote/options.ts'

/**
 * Options that all local servers share. Those of the start say nothing of a server that is attached to. Times
 * are in milliseconds. `temperature` is 0 where nothing else is given, so that runs repeat.
 */
export interface LocalServerOptions extends ChatOptions {
  /** URL of a server that runs already: it is neither started nor stopped. @default that of the environment */
  readonly attach?: string | undefined
  /** Variables over those that the server inherits; `null` takes one out. */
  readonly env?: Readonly<Record<string, string | null>> | undefined
  /** Ids of the GPUs that the server may use. @default all */
  readonly gpus?: readonly (string | number)[] | undefined
  /** What must be free before the start, in GB of 10⁹ bytes. */
  readonly requirements?: ServerRequirements | undefined
  /** One port, or the first and the last of a range. @default 'auto' */
  readonly port?: PortChoice | undefined
  /** Time from the start until it is ready. @default 600_000, or 1_800_000 with a download */
  readonly startTimeout?: number | undefined
  /** Time that it has for its end before it is killed. @default 10_000 */
  readonly stopGrace?: number | undefined
}

/** Options of servers that are one program with a command line. */
export interface ProgramOptions {
  /** The program: a path, or a name on the PATH. */
  readonly command?: string | undefined
  /** Further arguments, after those of the other options. */
  readonly args?: readonly (string | number)[] | undefined
}

const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 31 - 1))
const positive = v.pipe(v.number(), v.gtValue(0))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const range = v.pipe(
  v.strictTuple([port, port]),
  v.check(([first, last]) => first <= last, 'expected the first port and then the last'),
)
const text = v.pipe(v.string(), v.nonEmpty())

/** A number that counts something, as an option. */
export const count: v.GenericSchema<unknown, number | undefined> = v.optional(
  v.pipe(v.number(), v.integer(), v.minValue(1)),
)

/** A text that is not empty, as an option. */
export const word: v.GenericSchema<unknown, string | undefined> = v.optional(text)

/** The fields of LocalServerOptions, for a schema to take in. */
export const localServerOptions: Schemas<LocalServerOptions> = {
  ...chatOptions,
  attach: word,
  env: v.optional(v.record(text, v.nullable(v.string()))),
  gpus: v.optional(
    v.array(v.union([text, v.pipe(v.number(), v.integer(), v.minValue(0))], 'expected ids')),
  ),
  requirements: v.optional(
    v.strictObject({ memoryGb: v.optional(positive), gpuMemoryGb: v.optional(positive) }),
  ),
  port: v.optional(
    v.union([v.literal('auto'), port, range], "expected 'auto', a port, or [first, last]"),
  ),
  startTimeout: v.optional(milliseconds),
  stopGrace: v.optional(milliseconds),
}

/** The fields of ProgramOptions, for a schema to take in. */
export const programOptions: Schemas<ProgramOptions> = {
  command: word,
  args: v.optional(v.array(v.union([v.string(), v.number()], 'expected texts and numbers'))),
}
