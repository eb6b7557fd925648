import { expect, test } from 'vitest'
import { createHealth, type HealthChange } from '../../../src/provider/health/health.ts'
import { type HealthOptions, healthSchema } from '../../../src/provider/health/options.ts'
import { checked } from '../../../src/model/checked.ts'
import type { Outcome } from '../../../src/provider/health/result.ts'

function open(options: HealthOptions = {}) {
  const clock = { time: 1_700_000_000_000 }
  const errors: unknown[] = []
  const health = createHealth(checked('health', healthSchema, options), {
    now: () => clock.time,
    onError: (error) => errors.push(error),
  })
  const record = (outcome: Outcome, times = 1) => {
    for (let i = 0; i < times; i++) health.record(outcome)
  }
  return { health, record, clock, errors }
}

const success: Outcome = { result: 'success', latencyMs: 100 }
const failure: Outcome = { result: 'failure', reason: 'acme: HTTP 503.' }
const nothing: Outcome = { result: 'unknown' }

test('O-29: nothing speaks against a model that was never asked', () => {
  const { health } = open()
  expect(health.status()).toEqual({
    state: 'unknown',
    isHealthy: true,
    isDegraded: false,
    issues: [],
    lastCheckAt: null,
    consecutiveFailures: 0,
    consecutiveSuccesses: 0,
    successRate: null,
  })
})

test('O-29: the status of one that fails says since when, how often and why', () => {
  const { health, record, clock } = open()
  record(success)
  clock.time += 1000
  record({ ...failure, reason: 'acme: no response.' }, 2)
  clock.time += 1000
  record(failure)
  expect(health.status()).toEqual({
    state: 'unhealthy',
    isHealthy: false,
    isDegraded: false,
    issues: ['3 failures in a row: acme: HTTP 503.'],
    lastCheckAt: 1_700_000_002_000,
    consecutiveFailures: 3,
    consecutiveSuccesses: 0,
    successRate: 0.25,
  })
})

test('O-29: one that recovers is not healthy before it is', () => {
  const { health, record } = open()
  record(failure, 3)
  record(success)
  expect(health.status()).toMatchObject({
    state: 'recovering',
    isHealthy: false,
    issues: ['recovering: 1 of 2 successes'],
  })
  record(success)
  expect(health.status()).toMatchObject({ state: 'healthy', isHealthy: true, issues: [] })
})

test('O-29: one failure is told, and does not make a model unhealthy', () => {
  const { health, record } = open()
  record(success)
  record({ result: 'failure' })
  expect(health.status()).toMatchObject({ isHealthy: true, issues: ['the last call failed'] })
})

test('O-28: a result that says nothing changes nothing', () => {
  const { health, record, clock } = open()
  record(failure, 2)
  const before = health.status()
  clock.time += 1000
  record({ ...nothing, latencyMs: 9000 }, 20)
  expect(health.status()).toEqual(before)
})

test('O-28: slow is degraded, in whatever state', () => {
  const { health, record } = open()
  record({ result: 'success', latencyMs: 5000 })
  expect(health.status()).toMatchObject({ isDegraded: false })
  record({ result: 'success', latencyMs: 6100 })
  expect(health.status()).toMatchObject({
    state: 'healthy',
    isHealthy: true,
    isDegraded: true,
    issues: ['slow: 6.1 s'],
  })
  record(failure, 3)
  expect(health.status()).toMatchObject({ state: 'unhealthy', isDegraded: true })
  record({ result: 'success' })
  expect(health.status()).toMatchObject({ state: 'recovering', isDegraded: true })
  record(success)
  expect(health.status()).toMatchObject({ state: 'healthy', isDegraded: false })
})

test('O-28: below four successes of five it is degraded, above ten results', () => {
  const { health, record } = open()
  const failing = () => {
    record(failure)
    record(success)
  }
  record(success, 4)
  for (let i = 0; i < 3; i++) failing()
  expect(health.status()).toMatchObject({ successRate: 0.7, isDegraded: false })
  record(success)
  expect(health.status()).toMatchObject({
    state: 'healthy',
    isDegraded: true,
    issues: ['3 of 11 calls failed'],
  })
  record(success, 4)
  expect(health.status()).toMatchObject({ successRate: 0.8, isDegraded: false })
})

test('O-28: what is older than the history does not count', () => {
  const { health, record } = open({ history: 20, failureThreshold: 100 })
  record(failure, 20)
  expect(health.status()).toMatchObject({ successRate: 0, isDegraded: true })
  record(success, 20)
  expect(health.status()).toMatchObject({ successRate: 1, isDegraded: false })
})

test('O-31: listeners are told each change, and nothing else', () => {
  const { health, record } = open({ failureThreshold: 1 })
  const changes: HealthChange[] = []
  const stop = health.onChange((change) => changes.push(change))
  record(nothing)
  record(success, 2)
  record({ result: 'success', latencyMs: 9000 }, 2)
  record(success)
  record(failure, 2)
  record(success)
  stop()
  record(failure)
  expect(
    changes.map(({ from, status }) => [from, status.state, status.isDegraded, status.isHealthy]),
  ).toEqual([
    ['unknown', 'healthy', false, true],
    ['healthy', 'healthy', true, true],
    ['healthy', 'healthy', false, true],
    ['healthy', 'unhealthy', false, false],
    ['unhealthy', 'recovering', false, false],
  ])
})

test('O-31: a listener that throws or rejects stops neither the others nor the monitor', async () => {
  const { health, record, errors } = open({ failureThreshold: 1 })
  const states: string[] = []
  health.onChange(() => {
    throw new Error('thrown')
  })
  health.onChange(async () => {
    throw new Error('rejected')
  })
  health.onChange(({ status }) => states.push(status.state))
  record(success)
  record(failure)
  await new Promise(setImmediate)
  expect(states).toEqual(['healthy', 'unhealthy'])
  expect(health.status().state).toBe('unhealthy')
  expect(errors.map(String).toSorted()).toEqual([
    'Error: rejected',
    'Error: rejected',
    'Error: thrown',
    'Error: thrown',
  ])
})

test('a listener may end itself while it is told', () => {
  const { health, record } = open({ failureThreshold: 1 })
  const told: string[] = []
  const stop = health.onChange(() => {
    told.push('once')
    stop()
  })
  health.onChange(() => told.push('always'))
  record(success)
  record(failure)
  expect(told).toEqual(['once', 'always', 'always'])
})
