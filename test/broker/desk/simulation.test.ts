import { expect, test } from 'vitest'
import { runWorld, type ServerOptions } from './world.ts'

const seeds = [1, 2, 3]
const high = { rate: 50, burst: 50 }
const low = { rate: 5, burst: 5 }
const asked = { retryAfterMs: 1000 }
const real = { refusalMs: 50 }
const slow = { latencyMs: 1000 }
const varying = { latencyMs: 400, refusalMs: 30, jitter: 0.9 }

/** The time is a share of the shortest possible, in which the bucket is emptied and then kept so. */
test.each<{ server: ServerOptions; rows: number; extra: number; time: number }>([
  { server: { ...high, ...asked }, rows: 2000, extra: 0.03, time: 1.06 },
  { server: high, rows: 2000, extra: 0.03, time: 1.06 },
  { server: { ...low, ...asked }, rows: 300, extra: 0.06, time: 1.06 },
  { server: low, rows: 300, extra: 0.06, time: 1.06 },
  { server: { ...high, ...real, ...asked }, rows: 2000, extra: 0.03, time: 1.06 },
  { server: { ...high, ...real }, rows: 2000, extra: 0.03, time: 1.06 },
  { server: { ...low, ...real, ...asked }, rows: 300, extra: 0.06, time: 1.06 },
  { server: { ...low, ...real }, rows: 300, extra: 0.06, time: 1.06 },
  { server: { ...low, ...slow, ...asked }, rows: 300, extra: 0.06, time: 1.06 },
  { server: { ...low, ...slow }, rows: 300, extra: 0.06, time: 1.06 },
  // 50 must be in flight here: it takes four rounds of a second to come from 10 to there
  { server: { ...high, ...slow, ...asked }, rows: 2000, extra: 0.03, time: 1.12 },
  { server: { ...high, ...slow }, rows: 2000, extra: 0.03, time: 1.1 },
  { server: { ...high, ...slow, ...real, ...asked }, rows: 2000, extra: 0.03, time: 1.12 },
  { server: { ...high, ...slow, ...real }, rows: 2000, extra: 0.03, time: 1.1 },
  { server: { ...high, ...varying, ...asked }, rows: 2000, extra: 0.03, time: 1.1 },
  { server: { ...high, ...varying }, rows: 2000, extra: 0.03, time: 1.06 },
])('$rows rows at $server: $extra more requests and $time of the time at most', async (row) => {
  const { rate, burst } = row.server
  const shortest = ((row.rows - burst) / rate) * 1000
  for (const seed of seeds) {
    const world = await runWorld({ servers: [row.server], rows: row.rows, seed })
    expect(world.done).toBe(row.rows)
    expect(world.extra).toBeLessThanOrEqual(row.extra)
    expect(world.doneAt / shortest).toBeLessThanOrEqual(row.time)
    expect(world.violations).toBe(0)
  }
})

test('a fast server without a limit is soon used as it can be', async () => {
  const servers = [{ rate: 1e6, burst: 1e6, latencyMs: 5 }]
  const { done, doneAt } = await runWorld({ servers, rows: 2000 })
  expect(done).toBe(2000)
  expect(doneAt).toBeLessThan(1500)
})

test('a limit of thousands a second is used though timers are a millisecond long', async () => {
  const servers = [{ rate: 3000, burst: 3000, latencyMs: 5, ...asked }]
  const { servers: after, doneAt, extra } = await runWorld({ servers, rows: 60_000 })
  expect(after[0]!.taken(5000, doneAt - 100)).toBeGreaterThan(0.85 * 3000)
  expect(extra).toBeLessThan(0.01)
})

test.each([
  { at: 60, server: { ...high, ...asked } },
  { at: 64, server: { ...high, ...asked } },
  { at: 76, server: { ...high, ...asked } },
  { at: 60, server: high },
  { at: 64, server: high },
  { at: 76, server: { ...high, ...real } },
])('a limit that doubles after $at s at $server is used within 20 s', async ({ at, server }) => {
  const rate = 2 * server.rate
  const { servers } = await runWorld({
    servers: [server],
    rows: 10_000,
    async script([changing], clock) {
      await clock.sleep(at * 1000)
      changing!.rate = rate
    },
  })
  const spans = Array.from({ length: 190 }, (_, n) => at * 1000 + n * 100)
  const best = Math.max(...spans.map((from) => servers[0]!.taken(from, from + 1000)))
  expect(best).toBeGreaterThanOrEqual(0.9 * rate)
  expect(servers[0]!.taken(at * 1000 + 20_000, at * 1000 + 50_000)).toBeGreaterThan(0.85 * rate)
})

test.each([
  { server: { ...high, ...asked, rate: 100 }, refused: 4 },
  { server: { ...high, rate: 100 }, refused: 4 },
  { server: { ...high, ...asked, ...real, rate: 100 }, refused: 8 },
  { server: { ...high, ...asked, ...real, ...slow, rate: 100 }, refused: 20 },
])('a limit that halves at $server costs $refused requests, and is used', async (row) => {
  for (const at of [60_000, 66_000, 72_000]) {
    const { servers, violations } = await runWorld({
      servers: [row.server],
      rows: 9000,
      async script([changing], clock) {
        await clock.sleep(at)
        changing!.rate = 50
      },
    })
    const refused = servers[0]!.refused.filter((time) => time > at && time < at + 20_000)
    expect(refused.length).toBeLessThanOrEqual(row.refused)
    expect(servers[0]!.taken(at + 5000, at + 30_000)).toBeGreaterThan(0.9 * 50)
    expect(violations).toBe(0)
  }
})

test.each([
  { keyStrategy: 'least-used', server: asked },
  { keyStrategy: 'least-used', server: {} },
  { keyStrategy: 'round-robin', server: asked },
  { keyStrategy: 'round-robin', server: {} },
  { keyStrategy: 'sticky', server: asked },
  { keyStrategy: 'least-used', server: { ...asked, ...real, ...slow } },
] as const)('three keys of 10, 20 and 40/s are used up by $keyStrategy at $server', async (row) => {
  const { servers, done, doneAt, violations } = await runWorld({
    servers: [10, 20, 40].map((rate) => ({ rate, burst: rate, ...row.server })),
    rows: 7000,
    desk: { keyStrategy: row.keyStrategy },
  })
  const taken = servers.map((server) => server.taken(20_000, doneAt - 2000))
  expect(taken.reduce((sum, one) => sum + one)).toBeGreaterThan(0.93 * 70)
  expect([done, violations]).toEqual([7000, 0])
})
