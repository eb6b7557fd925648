import { duration } from './no-key.ts'
import type { Pool } from './pool.ts'
import type { Provider } from './provider.ts'
import { coolsUntil, readyAt, type Seat } from './seat.ts'

/** What a model's requests wait for, for a person who wonders why nothing moves. */
export interface Wait {
  readonly provider: string
  readonly model: string
  readonly waiting: number
  /** How long the first of them has waited. */
  readonly waitingMs: number
  /** What for: `queue`, `concurrency`, `rate`, `rpm`, `tpm`, `rpd` or a cool-down, in words. */
  readonly waitingFor: string | null
  readonly inFlight: number
  /** How long the oldest request has been in flight. */
  readonly inFlightMs: number
}

/** Requests in flight by provider, by key (`openai#1`) and by model (`openai/gpt-5`). */
export interface InFlight {
  readonly providers: Readonly<Record<string, number>>
  readonly keys: Readonly<Record<string, number>>
  readonly models: Readonly<Record<string, number>>
}

export function listWaits(providers: Iterable<Provider>, now: number): readonly Wait[] {
  const waits: Wait[] = []
  for (const provider of providers) {
    for (const pool of provider.pools) {
      const { line, sent, model } = pool
      if (line.size === 0 && sent.size === 0) continue
      const [oldest] = sent
      waits.push({
        provider: provider.name,
        model: model.name,
        waiting: line.size,
        waitingMs: line.first ? now - line.first.since : 0,
        waitingFor: line.first ? obstacle(provider, pool, now) : null,
        inFlight: sent.size,
        inFlightMs: oldest ? now - oldest.at : 0,
      })
    }
  }
  return waits
}

export function countInFlight(providers: Iterable<Provider>): InFlight {
  const counts = { providers: new Map(), keys: new Map(), models: new Map() }
  const add = (counter: Map<string, number>, name: string, count: number) =>
    counter.set(name, (counter.get(name) ?? 0) + count)
  for (const { name, inFlight, keys, models } of providers) {
    add(counts.providers, name, inFlight)
    for (const key of keys.values()) add(counts.keys, key.name, key.inFlight)
    for (const model of models.values()) add(counts.models, `${name}/${model.name}`, model.inFlight)
  }
  const { fromEntries } = Object
  return {
    providers: fromEntries(counts.providers),
    keys: fromEntries(counts.keys),
    models: fromEntries(counts.models),
  }
}

/** Of several keys, what holds up the one that can be had first. */
function obstacle(provider: Provider, pool: Pool, now: number): string {
  const tokens = pool.line.first?.request.tokens ?? 0
  if (!provider.hasRoom(pool)) return 'concurrency'
  const limit = pool.model.meters.obstacle(tokens, now)
  if (limit !== undefined) return limit
  const isAdaptive = provider.isAdaptive(pool)
  const seats = pool.seats.filter(({ lane }) => !isAdaptive || lane.hasRoom)
  const [first] = seats.toSorted((a, b) => readyAt(a, tokens, now) - readyAt(b, tokens, now))
  return first ? obstacleAt(first, tokens, now) : 'concurrency'
}

function obstacleAt(seat: Seat, tokens: number, now: number): string {
  const at = readyAt(seat, tokens, now)
  if (at <= now) return 'queue'
  if (coolsUntil(seat) >= at) {
    const left = duration(at - now).replace(/(?=[a-z])/, ' ')
    return seat.place < 0
      ? `cool-down, ${left} more`
      : `cool-down of key ${seat.name}, ${left} more`
  }
  return seat.lane.pacedUntil(now) >= at
    ? 'rate'
    : (seat.key.meters.obstacle(tokens, now) ?? 'rate')
}
