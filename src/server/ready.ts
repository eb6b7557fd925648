import { setTimeout as sleep } from 'node:timers/promises'
import type { Readiness } from '../model/lease.ts'
import type { Secret } from '../model/secret.ts'
import { type Answer, ask, errorIn, saidIn } from './ask.ts'

export interface ReadyOptions {
  /** As `http://127.0.0.1:21034`. */
  readonly url: string
  readonly ready: Readiness
  readonly key: Secret | null
  /** What the list of models must have in a name; `null` where the server could not be told. */
  readonly nonce: string | null
  /** When the process has ended: it will not be ready any more. */
  readonly ended: Promise<unknown>
  /** Whether it is our process that listens; `null` where that cannot be known. Asked where there is no nonce. */
  readonly owns: () => Promise<boolean | null>
  readonly timeoutMs: number
}

/** Why a server is not ready. */
export type NotReady =
  | { readonly type: 'ended' }
  /** With what the last question brought, as `ECONNREFUSED` or `HTTP 503: Loading model`. */
  | { readonly type: 'timeout'; readonly timeoutMs: number; readonly seen: string }
  /** Another server answers in its place, with these models. */
  | { readonly type: 'stranger'; readonly listed: readonly string[] }
  | {
      readonly type: 'refused'
      readonly request: string
      readonly status: number
      readonly said: string
    }

const FIRST_WAIT = 10
/** From wait to wait: what they add to a start is a fifth of it at most. */
const GROWTH = 1.2
const LONGEST_WAIT = 1000
const POLL_LIMIT = 2000

/**
 * Asks until the server is healthy, is the one that was started, and has made a token.
 * @returns the requests that it works on at once, `null` where it does not say
 * @throws NotReady
 */
export async function untilReady(
  options: ReadyOptions,
): Promise<{ readonly slots: number | null }> {
  const { ended, timeoutMs } = options
  const stop = new AbortController()
  const progress = { seen: 'it was not asked yet' }
  const stopWith = (reason: NotReady) => stop.abort(reason)
  const timer = setTimeout(
    () => stopWith({ type: 'timeout', timeoutMs, seen: progress.seen }),
    timeoutMs,
  )
  void ended.then(() => stopWith({ type: 'ended' }))
  try {
    return await poll(options, stop.signal, progress)
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

async function poll(
  options: ReadyOptions,
  signal: AbortSignal,
  progress: { seen: string },
): Promise<{ slots: number | null }> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * GROWTH, LONGEST_WAIT)) {
    await sleep(wait, undefined, { signal })
    const pending = await check(options, signal, progress)
    signal.throwIfAborted()
    if (pending === undefined) return { slots: await slotsOf(options, signal) }
    progress.seen = pending
  }
}

/** Returns what it still waits for, nothing if it is ready. */
async function check(
  options: ReadyOptions,
  signal: AbortSignal,
  progress: { seen: string },
): Promise<string | undefined> {
  const { url, ready, key } = options
  const health = await ask(url + ready.health, { key, signal, limitMs: POLL_LIMIT })
  if (health.status !== 200) return seenIn(health)
  const identity = await identify(options, signal)
  if (identity !== undefined || !ready.token) return identity
  const { path, body } = ready.token
  progress.seen = `POST ${path} had no answer yet`
  return accept(`POST ${path}`, await ask(url + path, { key, signal, body }))
}

/** Sees to it that nobody else answers on the port. */
async function identify(options: ReadyOptions, signal: AbortSignal): Promise<string | undefined> {
  const { url, ready, key, nonce, owns } = options
  if (nonce === null) {
    if ((await owns()) === false) throw { type: 'stranger', listed: [] } satisfies NotReady
    return undefined
  }
  const list = await ask(url + ready.models, { key, signal, limitMs: POLL_LIMIT })
  const pending = accept(`GET ${ready.models}`, list)
  if (pending !== undefined) return pending
  const models = modelsIn(list.json)
  if (models.some((names) => names.some((name) => name.includes(nonce)))) return undefined
  throw {
    type: 'stranger',
    listed: models.flatMap((names) => names.slice(0, 1)),
  } satisfies NotReady
}

/** Returns what to wait for when the answer may be better later, nothing when it is good. */
function accept(request: string, answer: Answer): string | undefined {
  const { status, json } = answer
  if (status === undefined || status === 503) return `${request}: ${seenIn(answer)}`
  if (status === 200 && json !== undefined && errorIn(json) === undefined) return undefined
  throw { type: 'refused', request, status, said: saidIn(answer) } satisfies NotReady
}

/** Names of each model that is listed: its id and its aliases. */
function modelsIn(json: unknown): string[][] {
  const data = (json as { data?: unknown } | null)?.data
  if (!Array.isArray(data)) return []
  return (data as { id?: unknown; aliases?: unknown }[]).map((model) => {
    const aliases: unknown[] = Array.isArray(model?.aliases) ? model.aliases : []
    return [model?.id, ...aliases].filter((name) => typeof name === 'string')
  })
}

async function slotsOf(
  { url, ready, key }: ReadyOptions,
  signal: AbortSignal,
): Promise<number | null> {
  if (ready.slots === null) return null
  const { json } = await ask(url + ready.slots, { key, signal, limitMs: POLL_LIMIT })
  signal.throwIfAborted()
  const slots = (json as { total_slots?: unknown } | null | undefined)?.total_slots
  return typeof slots === 'number' && slots > 0 ? slots : null
}

function seenIn(answer: Answer): string {
  const { status, failure } = answer
  if (status === undefined) return failure
  return `HTTP ${status}: ${saidIn(answer)}`.replace(/: $/, '')
}

/** Whether this was thrown by `untilReady` itself. */
export function isNotReady(reason: unknown): reason is NotReady {
  return (
    reason !== null && typeof reason === 'object' && 'type' in reason && !(reason instanceof Error)
  )
}
