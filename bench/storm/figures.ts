import type { ChaosOptions, ChaosReport } from '../../test/support/chaos-server.ts'
import type { Aftermath } from './run-storm.ts'

export interface Figure {
  readonly what: string
  readonly value: number
  /** What is shown. @default the value */
  readonly text?: string
  /** The most that the value may be. */
  readonly most?: number
  /** The least that it may be. */
  readonly least?: number
}

export function isMissed({ value, most = Infinity, least = -Infinity }: Figure): boolean {
  return !(value >= least && value <= most)
}

/** Rows without a score: lost, whatever the reason. */
export function lost({ storm, records }: Aftermath): Figure {
  const outcomes = [...records.values()].map(({ outcome }) => outcome)
  const scored = outcomes.filter((outcome) => outcome === 'scored').length
  const counts = [...Map.groupBy(outcomes, (outcome) => outcome)]
  const shown = counts.map(([outcome, its]) => `${its.length} ${outcome}`).join(', ')
  const value = storm.rows - scored
  return { what: 'rows lost', value, text: `${value} (${shown || 'no records'})`, most: 0 }
}

/** A wrong score is worse than a lost row. */
export function wrong({ records }: Aftermath): Figure {
  const scores = [...records.values()].flatMap((record) => record.scores['score'] ?? [])
  return {
    what: 'rows scored wrong',
    value: scores.filter(({ value }) => value !== 1).length,
    most: 0,
  }
}

export function once({ report, storm }: Aftermath): Figure {
  const counts = [...report.deliveredByRow.values()]
  const asked = storm.same ? 1 : storm.rows
  const others = counts.filter((count) => count !== 1).length + asked - counts.length
  const most = Math.max(0, ...counts)
  return {
    what: 'rows with other than one success',
    value: others,
    text: others > 0 ? `${others} (${most} at most)` : '0',
    most: 0,
  }
}

export function requestsPerRow({ report, storm }: Aftermath, most?: number): Figure {
  const value = report.requests / storm.rows
  return {
    what: 'requests / rows',
    value,
    text: `${value.toFixed(3)} (${report.requests})`,
    ...(most !== undefined && { most }),
  }
}

/** Time of the requests against what the limit makes of it, for the rows that had a response. */
export function wall({ report, storm }: Aftermath, most?: number): Figure {
  const ideal = idealMs(report, storm.server)
  const value = report.wallMs / ideal
  return {
    what: 'wall / ideal',
    value,
    text: `${value.toFixed(3)} (${seconds(report.wallMs)} / ${seconds(ideal)})`,
    ...(most !== undefined && { most }),
  }
}

/** What is asked of a key while it is to be left alone. */
export function violations({ report }: Aftermath): Figure {
  const { violations: value, tolerated } = report
  return {
    what: 'requests in a Retry-After window',
    value,
    text: `${value} (and ${tolerated} under way)`,
    most: 0,
  }
}

export function rateLimited({ report }: Aftermath): Figure {
  return { what: '429s', value: report.rateLimited }
}

export function inFlight({ report }: Aftermath): Figure {
  return { what: 'most in flight', value: report.maxInFlight }
}

export function wallSeconds({ report }: { report: ChaosReport }): Figure {
  return { what: 'wall', value: report.wallMs, text: seconds(report.wallMs) }
}

export function workers({ workers: value, storm: { files = 1 } }: Aftermath): Figure {
  return { what: 'workers', value, most: files, least: files }
}

/** (rows − burst) / rate + latency, over all keys. */
export function idealMs(
  { deliveredByRow }: ChaosReport,
  { limit = {}, limits, latency = 0 }: ChaosOptions,
): number {
  const rows = [...deliveredByRow.values()].filter((count) => count > 0).length
  const all = Object.values(limits ?? { all: limit })
  const rate = all.reduce((sum, one) => sum + (one.rate ?? 0), 0)
  const burst = all.reduce((sum, one) => sum + (one.burst ?? 1), 0)
  return (Math.max(0, rows - burst) / rate) * 1000 + latency
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
