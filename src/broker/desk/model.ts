import type { Limits } from '../../model/permit.ts'
import { Meters } from './meters.ts'

/** One model of a provider, whatever keys its requests have. */
export class Model {
  inFlight = 0
  /** Requests in flight at once, if a number is given. */
  most: number | undefined
  readonly name: string
  readonly meters: Meters = new Meters({})

  constructor(name: string) {
    this.name = name
  }

  tighten(limits: Limits): void {
    const most = limits.concurrency
    if (most !== undefined) this.most = Math.min(most, this.most ?? most)
    this.meters.tighten(limits)
  }
}
