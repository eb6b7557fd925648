import type { ErrorKind } from '../model/error.ts'
import type { ServerLease } from '../model/lease.ts'
import type { Limits } from '../model/permit.ts'
import type { Secret } from '../model/secret.ts'
import type { Middleware } from './pipe.ts'
import type { Tls } from './send.ts'

/** The server that a provider talks to, as the seam of its requests must know it. */
export interface Endpoint {
  readonly provider: string
  /** The model that requests are for: its permits, cool-downs and key choice are its own. @default '' */
  readonly model?: string | undefined
  /** In the order they were given. @default none, and requests carry no key */
  readonly keys?: readonly Secret[] | undefined
  /** Puts a key into the headers. @default `Authorization: Bearer …` */
  readonly authorize?: ((headers: Headers, key: Secret) => void) | undefined
  /**
   * Stands before the sending of a request with this key, where a server wants more than the key: it gets a token
   * with it, and another one where the server takes the first no longer.
   */
  readonly signIn?: ((key: Secret) => Middleware) | undefined
  /**
   * Stands around the sending of a request, with the headers that carry its key: where a server answers that the
   * response will be elsewhere, it gets that one.
   */
  readonly followUp?: Middleware | undefined
  /** Whether streams may be lines of JSON under other names, as plain JSON of gateways of gRPC. @default false */
  readonly jsonLines?: boolean | undefined
  /** What else must not be shown in a message: parts of URLs and headers, tokens. The list may grow. */
  readonly secrets?: readonly Secret[] | undefined
  /** Whom the connection trusts. @default the authorities that Node trusts */
  readonly tls?: Tls | undefined
  /** What the words of the server's error bodies mean, beside those that are common. */
  readonly errorKinds?: ReadonlyMap<string, ErrorKind> | undefined
  /** Limits of the model alone. */
  readonly limits?: Limits | undefined
  /** Which of the provider's servers it is, where there are several: no other has its limits and faults. */
  readonly server?: string | undefined
  /** Whether the server is our own: its requests are not paced. */
  readonly local?: boolean | undefined
  /**
   * The local server that requests go to: at its address, whatever the host of their URLs, with its key, and
   * again once it was restarted.
   */
  readonly lease?: ServerLease | undefined
  /** What this set-up says over the run's settings. */
  readonly settings?: RequestSettings | undefined
}

/** How requests are made. Times are in milliseconds; 0 turns a time limit off. */
export interface RequestSettings {
  /** Requests for one response, not counting those that were answered with 429. @default 4 */
  readonly attempts?: number | undefined
  /** Time for one attempt: to the complete response, or to the first chunk of a stream. @default 120_000 */
  readonly timeout?: number | undefined
  /** Time to the first chunk of a stream. @default 60_000 */
  readonly firstTokenTimeout?: number | undefined
  /** Time between two chunks of a stream. @default 30_000 */
  readonly stallTimeout?: number | undefined
  /** Time for the whole request, over all attempts. Waiting in the queue does not count. @default 600_000 */
  readonly deadline?: number | undefined
  /** What the cache does for these requests. @default as the run's */
  readonly cache?: CacheUse | undefined
}

type Limit = 'attempts' | 'timeout' | 'firstTokenTimeout' | 'stallTimeout' | 'deadline'

/** What holds for requests where nothing else is said. */
export const requestDefaults: { readonly [name in Limit]: number } = {
  attempts: 4,
  timeout: 120_000,
  firstTokenTimeout: 60_000,
  stallTimeout: 30_000,
  deadline: 600_000,
}

/** `read` takes responses from it, `write` takes and keeps, `refresh` keeps without taking. */
export type CacheMode = (typeof cacheModes)[number]
export const cacheModes = ['off', 'read', 'write', 'refresh'] as const

/** A mode, or a mode and how long what is kept stays good. */
export type CacheUse =
  | CacheMode
  | { readonly mode?: CacheMode | undefined; readonly ttl?: string | number | undefined }
