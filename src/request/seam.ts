import { createHmac } from 'node:crypto'
import type { Desk, PermitPool } from '../model/permit.ts'
import type { Secret } from '../model/secret.ts'
import { attempt } from './attempt.ts'
import { deadline } from './deadline.ts'
import { type Endpoint, requestDefaults, type RequestSettings } from './endpoint.ts'
import { jsonLines } from './json-lines.ts'
import { leased } from './leased.ts'
import { outgoing } from './outgoing.ts'
import { permit } from './permit.ts'
import { type Fetch, type Middleware, pipe } from './pipe.ts'
import { retry } from './retry.ts'
import { sendWithin } from './send.ts'
import { wholeStream } from './whole-stream.ts'

/** Makes the `fetch` of one endpoint: all that happens to its requests is piped here. */
export type Seam = (endpoint: Endpoint) => Fetch

export interface SeamOptions {
  /** Who gives leave to send. */
  readonly desk: Desk
  /** Makes the cache's middleware of an endpoint. @default no cache */
  readonly cache?: ((endpoint: Endpoint) => Middleware) | undefined
  /** Settings by provider or spec, and those of all others under `default`. */
  readonly settings?: Readonly<Record<string, RequestSettings>> | undefined
  /** Makes the ids of keys, which say nothing of the keys themselves. @default '' */
  readonly keySalt?: string | undefined
  /** What sends in the end. @default Node's `fetch` */
  readonly fetch?: Fetch | undefined
  readonly random?: (() => number) | undefined
}

export function createSeam({
  desk,
  cache = () => (next) => next,
  settings = {},
  keySalt = '',
  fetch: send,
  random,
}: SeamOptions): Seam {
  return (endpoint) => {
    const { provider, model = '', keys = [], authorize = bearer, signIn, tls } = endpoint
    const { limits, local, lease, errorKinds } = endpoint
    const { attempts, ...own } = merge(requestDefaults, [
      settings['default'],
      settings[provider],
      settings[`${provider}/${model}`],
      endpoint.settings,
    ])
    const pool: PermitPool = {
      provider,
      model,
      keys: keys.map((key) => idOf(key, keySalt)),
      ...(limits && { limits }),
      ...(endpoint.server !== undefined && { server: endpoint.server }),
      ...(local && { local }),
    }
    const server = {
      provider,
      get secrets() {
        return [...keys, ...(endpoint.secrets ?? []), ...(lease?.key ? [lease.key] : [])]
      },
      ...(errorKinds && { errorKinds }),
    }
    return pipe(
      outgoing(provider),
      wholeStream,
      cache({ ...endpoint, settings: own }),
      deadline({ provider, ms: own.deadline }),
      retry({ provider, attempts, keys: keys.length, random }),
      permit({ desk, pool, keys, authorize, signIn }),
      endpoint.followUp ?? ((next) => next),
      lease ? leased(lease) : (next) => next,
      attempt({ server, ...own }),
      endpoint.jsonLines ? jsonLines : (next) => next,
    )(send ?? sendWithin(own, tls))
  }
}

function bearer(headers: Headers, key: Secret): void {
  headers.set('authorization', `Bearer ${key.reveal()}`)
}

function idOf(key: Secret, salt: string): string {
  return createHmac('sha256', salt).update(key.reveal()).digest('hex').slice(0, 12)
}

type Complete = Required<{ [name in keyof typeof requestDefaults]: number }> & RequestSettings

/** Later settings go over earlier ones, where they say anything. */
function merge(
  first: typeof requestDefaults,
  others: readonly (RequestSettings | undefined)[],
): Complete {
  const entries = others.flatMap((settings) => Object.entries(settings ?? {}))
  const given = entries.filter(([name, value]) => isSetting(name) && value !== undefined)
  return { ...first, ...(Object.fromEntries(given) as RequestSettings) } as Complete
}

/** The settings may be part of a provider's options. */
function isSetting(name: string): boolean {
  return name in requestDefaults || name === 'cache'
}
