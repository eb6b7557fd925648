import { type ChaosOptions, startChaosServer } from '../../test/support/chaos-server.ts'
import {
  type Figure,
  idealMs,
  inFlight,
  lost,
  once,
  rateLimited,
  requestsPerRow,
  violations,
  wall,
  wallSeconds,
  workers,
  wrong,
} from './figures.ts'
import { catchUp, shareAfter, type Step } from './limit-step.ts'
import { permitCost } from './permit-cost.ts'
import { type Aftermath, runStorm, type Storm } from './run-storm.ts'
import { runSdkLoop } from './sdk-loop.ts'

export interface Scenario {
  readonly about: string
  readonly measure: () => Promise<readonly Figure[]>
}

const fast: Storm = {
  rows: 2000,
  server: { limit: { rate: 50, burst: 50 }, latency: 100 },
}
const slow: Storm = {
  rows: 300,
  server: { limit: { rate: 5, burst: 5 }, latency: 100 },
}

/** The storms of one limit; at a low one each request in excess weighs more. */
function limited(storm: Storm, retryAfter: ChaosOptions['retryAfter'], files = 1): Scenario {
  const { rate = 0 } = storm.server.limit ?? {}
  const said = retryAfter ? `Retry-After ${JSON.stringify(retryAfter)}` : 'no Retry-After'
  const spread = files > 1 ? `, ${files} files in ${files} workers` : ''
  return {
    about: `${storm.rows} rows at ${rate}/s, ${said}${spread}`,
    async measure() {
      const server = { ...storm.server, ...(retryAfter !== undefined && { retryAfter }) }
      const after = await runStorm({ ...storm, server, files })
      return [
        ...integrity(after),
        ...(files > 1 ? [workers(after)] : []),
        requestsPerRow(after, rate >= 50 ? 1.05 : 1.08),
        rateLimited(after),
        ...(retryAfter ? [violations(after)] : []),
        wall(after, 1.1),
        inFlight(after),
      ]
    },
  }
}

function integrity(after: Aftermath): Figure[] {
  return [lost(after), wrong(after), once(after)]
}

const limitDoubles: Scenario = {
  about: '4,300 rows at 50/s, 100/s after 15 s, Retry-After 1',
  async measure() {
    const limit = { rate: 100, burst: 50 }
    let step: Step = { at: Number.POSITIVE_INFINITY, rate: limit.rate }
    const after = await runStorm({
      rows: 4300,
      server: { ...fast.server, retryAfter: 1 },
      onStart(server) {
        const change = () => {
          server.setLimit(limit)
          step = { ...step, at: performance.now() }
        }
        setTimeout(change, 15_000).unref()
      },
    })
    return [
      ...integrity(after),
      requestsPerRow(after),
      violations(after),
      catchUp(after.requests, step),
      shareAfter(after.requests, step),
    ]
  },
}

const threeKeys: Scenario = {
  about: '2,100 rows, three keys of 10, 20 and 40/s, Retry-After 1',
  async measure() {
    const limits = {
      'key-10': { rate: 10, burst: 10 },
      'key-20': { rate: 20, burst: 20 },
      'key-40': { rate: 40, burst: 40 },
    }
    const server = { limits, latency: 100, retryAfter: 1 }
    const after = await runStorm({ rows: 2100, server, keys: Object.keys(limits) })
    const share = idealMs(after.report, server) / after.report.wallMs
    const used = Object.keys(limits).map((key) => after.report.byKey.get(key)?.delivered ?? 0)
    return [
      ...integrity(after),
      requestsPerRow(after),
      violations(after),
      {
        what: 'share of the limits together',
        value: share,
        text: `${(share * 100).toFixed(0)} % (${used.join(' + ')} rows)`,
        least: 0.9,
      },
    ]
  },
}

const deadKey: Scenario = {
  about: '500 rows, three keys of 50/s, one of them dead',
  async measure() {
    const keys = ['dead', 'good-1', 'good-2']
    const after = await runStorm({
      rows: 500,
      keys,
      server: {
        limit: { ...fast.server.limit, perKey: true },
        latency: 100,
        retryAfter: 1,
        deadKeys: ['dead'],
      },
    })
    return [
      ...integrity(after),
      {
        what: 'requests with the dead key',
        value: after.report.byKey.get('dead')?.requests ?? 0,
        most: 1,
      },
      requestsPerRow(after),
      violations(after),
      wallSeconds(after),
    ]
  },
}

const faults: Scenario = {
  about: '1,000 rows, 5 % 429, 2 % 500, 1 % hangs, timeout 2 s',
  async measure() {
    const after = await runStorm({
      rows: 1000,
      options: { timeout: 2000 },
      server: {
        latency: 100,
        retryAfter: { form: 'milliseconds', seconds: 0.2 },
        faults: [
          [0.05, 'rate-limit'],
          [0.02, 'server-error'],
          [0.01, 'hang'],
        ],
      },
    })
    const { byFault } = after.report
    const met = [...byFault].map(([type, count]) => `${count} ${type}`).join(', ')
    const count = [...byFault.values()].reduce((sum, one) => sum + one, 0)
    return [
      ...integrity(after),
      { what: 'faults met', value: count, text: met },
      requestsPerRow(after),
      violations(after),
      wallSeconds(after),
      inFlight(after),
    ]
  },
}

const singleFlight: Scenario = {
  about: '200 equal calls at once, cache on',
  async measure() {
    const after = await runStorm({
      rows: 200,
      lanes: 200,
      same: true,
      options: { cache: 'write' },
      server: { latency: 100 },
    })
    return [
      lost(after),
      wrong(after),
      { what: 'requests', value: after.report.requests, most: 1, least: 1 },
    ]
  },
}

const baseline: Scenario = {
  about: '2,000 rows at 50/s, Retry-After 1: a loop over the openai SDK, no limits set',
  async measure() {
    await using server = await startChaosServer({ ...fast.server, retryAfter: 1 })
    const { rows } = fast
    const succeeded = await runSdkLoop({ baseURL: `${server.url}/v1`, rows, lanes: 100 })
    const report = server.report()
    const value = rows - succeeded
    return [
      { what: 'rows lost', value, text: `${value} (${((value / rows) * 100).toFixed(1)} %)` },
      {
        what: 'requests / rows',
        value: report.requests / rows,
        text: (report.requests / rows).toFixed(3),
      },
      { what: '429s', value: report.rateLimited },
      { what: 'requests in a Retry-After window', value: report.violations },
      wallSeconds({ report }),
    ]
  },
}

/** In the order in which they run, by the names to run them alone. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'retry-after': limited(fast, 1),
  'no-retry-after': limited(fast, false),
  'slow-retry-after': limited(slow, 1),
  'slow-no-retry-after': limited(slow, false),
  'workers-retry-after': limited(fast, 1, 4),
  'workers-slow-retry-after': limited(slow, 1, 4),
  'workers-slow-no-retry-after': limited(slow, false, 4),
  'limit-doubles': limitDoubles,
  'three-keys': threeKeys,
  'dead-key': deadKey,
  faults,
  'single-flight': singleFlight,
  'permit-cost': { about: 'CPU of a permit', measure: permitCost },
  baseline,
}
