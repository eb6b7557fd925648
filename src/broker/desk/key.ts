import type { Limits, PermitPool } from '../../model/permit.ts'
import type { Lane } from './lane.ts'
import { Meters } from './meters.ts'

/** One key of a provider, with a lane for each model. */
export class Key {
  inFlight = 0
  /** Of all its models. */
  coolsUntil: number = Number.NEGATIVE_INFINITY
  /** Whether the server has shown that it takes this key, if only to say that it is too busy. */
  isKnown = false
  /** Whether the server refused it, for the rest of the run. */
  isRetired = false
  readonly lanes: Map<string, Lane> = new Map()
  readonly meters: Meters
  readonly name: string

  constructor(name: string, limits: Limits) {
    this.name = name
    this.meters = new Meters(limits)
  }

  /** A second model refused while the first cools: the limit is that of the key. */
  widen(refused: Lane, now: number): void {
    for (const lane of this.lanes.values()) {
      if (lane === refused || lane.coolsFor !== 'rate_limit' || lane.coolsUntil <= now) continue
      this.coolsUntil = Math.max(this.coolsUntil, lane.coolsUntil, refused.coolsUntil)
    }
  }
}

/** The id of a key that is none, for a server that wants none: each server has its own. */
export function keylessId({ server = '' }: Pick<PermitPool, 'server'>): string {
  return `@${server}`
}

export function isKeyless(id: string): boolean {
  return id.startsWith('@') // the ids of keys are of digits and letters
}
