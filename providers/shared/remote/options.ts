import * as v from 'valibot'
import type { Limits } from '../../../src/model/permit.ts'
import { Secret } from '../../../src/model/secret.ts'
import type { RequestSettings } from '../../../src/request/endpoint.ts'
import { limitsSchema, requestSettings } from '../../../src/request/options.ts'

/** Options that models of remote servers share. A call's own settings go before these. */
export interface RemoteOptions extends RequestSettings {
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  /** The most tokens that a response may have. */
  readonly maxTokens?: number | undefined
  /** Texts at which a response ends. */
  readonly stop?: readonly string[] | undefined
  /** Further fields of the request's JSON, sent as they are. */
  readonly body?: Readonly<Record<string, unknown>> | undefined
  /** The model as the server names it. @default the model's name in the spec */
  readonly id?: string | undefined
  /** Further headers; one that carries a key takes the place of the provider's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The key, in place of those of the environment. */
  readonly apiKey?: string | Secret | undefined
  /** Several keys, in place of those of the environment. */
  readonly apiKeys?: readonly (string | Secret)[] | undefined
  /** Limits of this model alone, beside those of its provider. */
  readonly limits?: Limits | undefined
}

/** Options that say where a remote server is, and whom the connection trusts. */
export interface HostOptions {
  /** What comes before the paths of the API. @default that of the environment, else the vendor's */
  readonly baseURL?: string | undefined
  /** File with the certificates of further authorities, as PEM. */
  readonly ca?: string | undefined
  /** Trusts every server, and so whoever stands in between. @default false */
  readonly insecureTls?: boolean | undefined
}

/** One schema for each option. */
export type Schemas<Options> = {
  [name in keyof Options]-?: v.GenericSchema<unknown, Options[name]>
}

const key = v.union([v.string(), v.instance(Secret)], 'expected a text or a Secret')

/** The fields of RemoteOptions, for a schema to take in. */
export const remoteOptions: Schemas<RemoteOptions> = {
  temperature: v.optional(v.number()),
  topP: v.optional(v.number()),
  maxTokens: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  stop: v.optional(v.array(v.string())),
  body: v.optional(v.record(v.string(), v.unknown())),
  id: v.optional(v.pipe(v.string(), v.nonEmpty())),
  headers: v.optional(
    v.pipe(
      v.record(v.string(), v.string()),
      v.check(isHeaders, 'expected names and values that HTTP allows in headers'),
    ),
  ),
  apiKey: v.optional(key),
  apiKeys: v.optional(v.array(key, 'expected a list of keys')), // and not what came: it may be a key
  limits: v.optional(limitsSchema),
  ...requestSettings,
}

/** The fields of HostOptions, for a schema to take in. */
export const hostOptions: Schemas<HostOptions> = {
  baseURL: v.optional(v.pipe(v.string(), v.nonEmpty())),
  ca: v.optional(v.pipe(v.string(), v.nonEmpty())),
  insecureTls: v.optional(v.boolean()),
}

/** Puts what a set-up gives over the defaults; of headers and fields of the body, each by itself. */
export function mergeOptions<Options extends RemoteOptions>(
  defaults: Options,
  given: Options,
): Options {
  return {
    ...defaults,
    ...given,
    body: { ...defaults.body, ...given.body },
    headers: { ...defaults.headers, ...given.headers },
  }
}

function isHeaders(headers: Record<string, string>): boolean {
  try {
    return Boolean(new Headers(headers))
  } catch {
    return false
  }
}
