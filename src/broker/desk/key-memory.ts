import type { SteadyClock } from './clock.ts'
import { isKeyless, type Key } from './key.ts'
import type { CoolDownKind, Lane } from './lane.ts'

const DAY = 24 * 60 * 60_000

/** What is worth knowing of keys in the next run, by provider, id of the key and model. Plain JSON. */
export interface KeyState {
  readonly version: 1
  /** Since when successes are counted, in milliseconds of the epoch. */
  readonly since: number
  readonly providers: Readonly<Record<string, Readonly<Record<string, RememberedKey>>>>
}

export interface RememberedKey {
  /** Until when all its models cool, in milliseconds of the epoch. */
  readonly coolsUntil?: number
  readonly models: Readonly<Record<string, RememberedLane>>
}

export interface RememberedLane {
  readonly successes: number
  readonly coolsUntil?: number
  readonly coolsFor?: CoolDownKind
}

type Keys = ReadonlyMap<string, Key>

export interface KeyMemory {
  recallKey(provider: string, id: string, key: Key): void
  recallLane(provider: string, id: string, model: string, lane: Lane): void
  /** What was known before and is still of use, and what is known now. */
  write(providers: Iterable<{ readonly name: string; readonly keys: Keys }>): KeyState
}

export function createKeyMemory(before: KeyState | undefined, clock: SteadyClock): KeyMemory {
  const start = clock.toOuter(clock.now())
  // a key that is new must not get all the work until it has caught up with the others
  const isFresh = before !== undefined && start - before.since < DAY
  const since = isFresh ? before.since : start
  const known = isFresh ? before.providers : withoutSuccesses(before?.providers ?? {})

  /** The end of a cool-down that still lasts. */
  function lasting(until: number | undefined): number | undefined {
    const now = clock.now()
    const at = Math.min(clock.fromOuter(until ?? Number.NEGATIVE_INFINITY), now + DAY)
    return at > now ? at : undefined
  }

  return {
    recallKey(provider, id, key) {
      const memory = known[provider]?.[id]
      key.coolsUntil = lasting(memory?.coolsUntil) ?? key.coolsUntil
      key.isKnown = Object.values(memory?.models ?? {}).some(({ successes }) => successes > 0)
    },
    recallLane(provider, id, model, lane) {
      const memory = known[provider]?.[id]?.models[model]
      const until = lasting(memory?.coolsUntil)
      if (until !== undefined) lane.cool(until, memory?.coolsFor ?? 'rate_limit')
      lane.successes = memory?.successes ?? 0
    },
    write(providers) {
      const all: Record<string, Record<string, RememberedKey>> = {}
      for (const [name, keys] of Object.entries(known)) all[name] = { ...keys }
      for (const { name, keys } of providers) {
        const byId = (all[name] ??= {})
        for (const [id, key] of keys) {
          if (!isKeyless(id)) byId[id] = remember(key, byId[id], clock)
        }
      }
      return { version: 1, since, providers: all }
    },
  }
}

function withoutSuccesses(providers: KeyState['providers']): KeyState['providers'] {
  return mapValues(providers, (keys) =>
    mapValues(keys, (key) => ({
      ...key,
      models: mapValues(key.models, (lane) => ({ ...lane, successes: 0 })),
    })),
  )
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}

function remember(key: Key, before: RememberedKey | undefined, clock: SteadyClock): RememberedKey {
  const now = clock.now()
  const models: Record<string, RememberedLane> = { ...before?.models }
  for (const [model, { successes, coolsUntil, coolsFor }] of key.lanes) {
    const cool = coolsUntil > now && { coolsUntil: clock.toOuter(coolsUntil), coolsFor }
    models[model] = { successes, ...cool }
  }
  return { models, ...(key.coolsUntil > now && { coolsUntil: clock.toOuter(key.coolsUntil) }) }
}
