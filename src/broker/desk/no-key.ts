import { AssayError, type ErrorKind } from '../../model/error.ts'
import type { Pool } from './pool.ts'
import { coolsUntil, type Seat } from './seat.ts'
import type { Waiter } from './waiter.ts'

type Retirement = 'auth' | 'quota' | 'forbidden'

/** Why a request cannot have a key in time; nothing if it may wait. */
export function refusal(
  provider: string,
  { pool, waiter, now }: { pool: Pool; waiter: Waiter; now: number },
): AssayError | undefined {
  const { soonest, cooling } = pool
  if (!soonest) return noKeyLeft(provider, pool)
  const patienceMs = waiter.request.patienceMs - cooling.total(now) + waiter.cooledBefore
  return cooling.until - now > Math.max(0, patienceMs)
    ? noKeyInTime(provider, { seat: soonest, patienceMs, now })
    : undefined
}

/** All keys of a model are of no use for the rest of the run. */
function noKeyLeft(provider: string, { model, seats }: Pool): AssayError {
  const reasons = seats.map((seat) => ({ seat, kind: retirementOf(seat) }))
  // what came closest to a response says the most: a key with no quota left was good, and let in
  const kind = telling.find((one) => reasons.some((reason) => reason.kind === one)) ?? 'auth'
  const details = reasons.map(
    (reason) => `${nameOf(reason.seat)} ${phrases[reason.kind](model.name)}`,
  )
  return new AssayError(`${provider}: no key is left: ${details.join(', ')}.`, { kind, provider })
}

/** All keys of a model cool for longer than a request can wait. */
function noKeyInTime(
  provider: string,
  { seat, patienceMs, now }: { seat: Seat; patienceMs: number; now: number },
): AssayError {
  const { key, lane } = seat
  const retryAfterMs = coolsUntil(seat) - now
  const kind = lane.coolsUntil >= key.coolsUntil ? lane.coolsFor : 'rate_limit'
  const what = reasons[kind]
  const left = patienceMs > 0 ? `, and the request has only ${duration(patienceMs)} left` : ''
  const message = `${provider}: ${what}: next available in ${duration(retryAfterMs)}${left}.`
  return new AssayError(message, { kind, provider, retryAfterMs })
}

const reasons = {
  quota: 'the quota is used up',
  rate_limit: 'the rate limit is reached',
  server: 'the server asks to be left alone',
} as const satisfies Partial<Record<ErrorKind, string>>

/** Whole seconds up to two minutes, whole minutes up to two hours. */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes}min` : `${Math.ceil(minutes / 60)}h`
}

const telling: readonly Retirement[] = ['quota', 'forbidden', 'auth']

const phrases: Readonly<Record<Retirement, (model: string) => string>> = {
  auth: () => 'was refused (401)',
  quota: () => 'has no quota left',
  forbidden: (model) => `may not use ${model} (403)`,
}

function retirementOf({ key, lane }: Seat): Retirement {
  return key.isRetired ? 'auth' : (lane.retired ?? 'auth')
}

function nameOf({ place, name }: Seat): string {
  return place < 0 ? 'a request without a key' : name
}
