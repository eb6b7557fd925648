import type { ChaosRequest } from '../../test/support/chaos-server.ts'
import type { Figure } from './figures.ts'

export interface Step {
  /** When the limit changed, on the clock of the requests. */
  readonly at: number
  /** The new limit, in requests per second. */
  readonly rate: number
}

const WINDOW = 3000
const SHARE = 0.9

/** Seconds from a step of the limit to the end of the first 3 s in which 90 % of the new one were used. */
export function catchUp(requests: readonly ChaosRequest[], { at, rate }: Step): Figure {
  const times = admittedSince(at, requests)
  const needed = Math.round(SHARE * rate * (WINDOW / 1000))
  const index = times.findIndex((time, i) => {
    const first = times[i - needed + 1]
    return time >= at + WINDOW && first !== undefined && time - first <= WINDOW
  })
  const value = index < 0 ? Number.POSITIVE_INFINITY : (times[index]! - at) / 1000
  return {
    what: 'seconds until 90 % of the new limit is used',
    value,
    text: index < 0 ? 'never' : value.toFixed(1),
    most: 30,
  }
}

/** Share of the new limit that is used in the 3 s before the 30th second after the step. */
export function shareAfter(requests: readonly ChaosRequest[], { at, rate }: Step): Figure {
  const end = at + 30_000
  const times = admittedSince(end - WINDOW, requests).filter((time) => time < end)
  const value = times.length / (rate * (WINDOW / 1000))
  return { what: 'share used 27 to 30 s after', value, text: `${(value * 100).toFixed(0)} %` }
}

function admittedSince(at: number, requests: readonly ChaosRequest[]): number[] {
  return requests
    .filter(({ status, arrivedAt }) => status === 200 && arrivedAt >= at)
    .map(({ arrivedAt }) => arrivedAt)
    .toSorted((a, b) => a - b)
}
