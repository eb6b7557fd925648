import { expect, test } from 'vitest'
import type { CheckResult } from '../../../src/provider/health/state.ts'
import {
  type Breaker,
  type BreakerOptions,
  type BreakerState,
  createBreaker,
} from '../../../src/provider/pool/breaker.ts'
import { seeded } from '../../support/seeded.ts'

function open(options: Omit<BreakerOptions, 'now'> = {}) {
  const clock = { time: 0 }
  const breaker = createBreaker({ ...options, now: () => clock.time })
  const call = (result: CheckResult, times = 1) => {
    for (let i = 0; i < times; i++) breaker.enter()!.leave(result)
  }
  return { breaker, clock, call }
}

/** What can be seen of one. */
const seen = (breaker: Breaker) => [breaker.state(), breaker.admitsAt(), breaker.inFlight]

test('O-42: it opens, lets one through after its time, opens again where that fails, and closes', () => {
  const { breaker, clock, call } = open()
  call('failure', 4)
  expect(seen(breaker)).toEqual(['closed', 0, 0])
  clock.time = 1000
  call('failure')
  expect(seen(breaker)).toEqual(['open', 61_000, 0])
  clock.time = 60_999
  expect(breaker.enter()).toBeUndefined()

  clock.time = 61_000
  expect(seen(breaker)).toEqual(['half-open', 61_000, 0])
  const first = breaker.enter()!
  expect(seen(breaker)).toEqual(['half-open', null, 1])
  expect(breaker.enter()).toBeUndefined()
  clock.time = 62_000
  first.leave('failure')
  expect(seen(breaker)).toEqual(['open', 122_000, 0])
  clock.time = 121_999
  expect(breaker.enter()).toBeUndefined()

  clock.time = 122_000
  call('success')
  expect(seen(breaker)).toEqual(['half-open', 122_000, 0])
  call('success')
  expect(seen(breaker)).toEqual(['closed', 122_000, 0])
  const several = [breaker.enter(), breaker.enter(), breaker.enter()]
  expect(several).not.toContain(undefined)
  expect(breaker.inFlight).toBe(3)
})

/** Brings a new breaker of 3 failures and 2 successes to a state, with results in a row. */
function at(state: BreakerState, inRow: number) {
  const opened = open({ failures: 3, successes: 2, recoveryMs: 10 })
  const { clock, call } = opened
  call('failure', state === 'closed' ? inRow : 3)
  if (state === 'half-open') {
    clock.time = 10
    call('success', inRow)
  }
  expect(opened.breaker.state()).toBe(state)
  return opened
}

// after the result, how many more of the same kind it takes to leave the state says what is counted
test.each<{ from: [BreakerState, number]; to: Record<CheckResult, BreakerState> }>([
  { from: ['closed', 0], to: { success: 'closed', failure: 'closed', unknown: 'closed' } },
  { from: ['closed', 1], to: { success: 'closed', failure: 'closed', unknown: 'closed' } },
  { from: ['closed', 2], to: { success: 'closed', failure: 'open', unknown: 'closed' } },
  { from: ['half-open', 0], to: { success: 'half-open', failure: 'open', unknown: 'half-open' } },
  { from: ['half-open', 1], to: { success: 'closed', failure: 'open', unknown: 'half-open' } },
])('O-42: from $from to $to', ({ from, to }) => {
  for (const result of ['success', 'failure', 'unknown'] as const) {
    const { breaker, call } = at(...from)
    call(result)
    expect(breaker.state(), result).toBe(to[result])
    expect(breaker.inFlight).toBe(0)
  }
})

test('O-42: while it is open nothing comes in, so that no result can be', () => {
  const { breaker } = at('open', 0)
  expect(breaker.enter()).toBeUndefined()
  expect(breaker.inFlight).toBe(0)
})

test('O-42: failures count in a row alone, and what says nothing does not break the row', () => {
  const { breaker, call } = open({ failures: 3 })
  call('failure', 2)
  call('success')
  call('failure', 2)
  expect(breaker.state()).toBe('closed')
  call('unknown', 9)
  call('failure')
  expect(breaker.state()).toBe('open')
})

test('O-42: a probe that says nothing gives its place back, and the row goes on', () => {
  const { breaker, call } = at('half-open', 1)
  call('unknown', 5)
  expect(seen(breaker)).toEqual(['half-open', 10, 0])
  call('success')
  expect(breaker.state()).toBe('closed')
})

test('O-42: a recovery that failed begins anew', () => {
  const { breaker, clock, call } = at('half-open', 1)
  call('failure')
  clock.time = 20
  call('success')
  expect(breaker.state()).toBe('half-open')
})

test('O-42: a call that began before it opened does not reopen, close or prolong it', () => {
  const { breaker, clock } = open({ failures: 1, successes: 1, recoveryMs: 10 })
  const late = Array.from({ length: 7 }, () => breaker.enter()!)
  const leave = (result: CheckResult) => late.pop()!.leave(result)
  leave('failure')
  expect(seen(breaker)).toEqual(['open', 10, 6])
  clock.time = 5
  leave('failure')
  leave('success')
  expect(seen(breaker)).toEqual(['open', 10, 4])
  clock.time = 10
  const probe = breaker.enter()!
  leave('success')
  leave('failure')
  expect(seen(breaker)).toEqual(['half-open', null, 3])
  expect(breaker.enter()).toBeUndefined()
  probe.leave('success')
  leave('failure')
  leave('failure')
  expect(seen(breaker)).toEqual(['closed', 10, 0])
})

test('a pass is given back once, however often its call leaves', () => {
  const { breaker } = open({ failures: 2 })
  const [first, second] = [breaker.enter()!, breaker.enter()!]
  first.leave('failure')
  first.leave('failure')
  first.leave('success')
  expect(seen(breaker)).toEqual(['closed', 0, 1])
  second.leave('failure')
  expect(breaker.state()).toBe('open')
})

/** Draws what happens to one breaker, up to the last call that leaves it. @returns what was seen after each step */
function live(seed: number) {
  const random = seeded(seed)
  const drawn = (most: number) => Math.floor(random() * most)
  const { breaker, clock } = open({
    failures: 1 + drawn(4),
    successes: 1 + drawn(3),
    recoveryMs: 1 + drawn(20),
  })
  const inside: { isProbe: boolean; leave: (result: CheckResult) => void }[] = []
  const leaveOne = () => {
    const [one] = inside.splice(drawn(inside.length), 1)
    one?.leave((['failure', 'failure', 'success', 'unknown'] as const)[drawn(4)]!)
  }
  const steps = Array.from({ length: 60 }, () => {
    clock.time += drawn(4)
    const state = breaker.state()
    const admitsAt = breaker.admitsAt()
    const isAsked = random() < 0.5
    const pass = isAsked ? breaker.enter() : undefined
    if (pass) inside.push({ isProbe: state === 'half-open', leave: pass.leave })
    if (!isAsked) leaveOne()
    return {
      state,
      probes: inside.filter(({ isProbe }) => isProbe).length,
      isCounted: breaker.inFlight === inside.length,
      isAsSaid: !isAsked || (pass !== undefined) === (admitsAt !== null && admitsAt <= clock.time),
    }
  })
  while (inside.length > 0) leaveOne()
  return { steps, inFlight: breaker.inFlight }
}

test('O-42: 1,000 random lives leave nothing in flight, and never two probes at once', () => {
  const lives = Array.from({ length: 1000 }, (_, index) => live(index + 1))
  const steps = lives.flatMap((one) => one.steps)
  expect(lives.filter(({ inFlight }) => inFlight !== 0)).toEqual([])
  expect(steps.filter(({ probes }) => probes > 1)).toEqual([])
  expect(steps.filter(({ isCounted, isAsSaid }) => !isCounted || !isAsSaid)).toEqual([])
  // the draws have reached them all
  expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(['closed', 'open', 'half-open']))
  expect(steps.some(({ probes }) => probes === 1)).toBe(true)
})
