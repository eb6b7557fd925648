import { expect, test } from 'vitest'
import { AssayError } from '../../../src/model/error.ts'
import { createModel } from '../../../src/model/create-model.ts'
import { askOf, type Probe, type ProbeAnswer } from '../../../src/provider/health/probe.ts'
import type { Outcome } from '../../../src/provider/health/result.ts'

const model = createModel({
  provider: 'acme',
  name: 'small',
  generate: () => expect.fail('a probe asks for no completion'),
})

const { signal } = new AbortController()

const askList = (list: () => Promise<unknown>) => askOf({ model, list }, undefined)!(signal)
const askProbe = (probe: Probe) => askOf({ model }, probe)!(signal)

test('O-30: a model is asked as the user says, else by the list of its provider, else not at all', async () => {
  const asked: unknown[] = []
  const list = async (...given: unknown[]) => void asked.push(given)
  const probe = (...given: unknown[]) => void asked.push(given)
  expect(await askOf({ model, list }, undefined)!(signal)).toEqual({ result: 'success' })
  expect(await askOf({ model, list }, probe)!(signal)).toEqual({ result: 'success' })
  expect(asked).toEqual([[signal], [model, signal]])
  expect(askOf({ model }, undefined)).toBeUndefined()
})

test('a list answers, whatever is in it', async () => {
  expect(await askList(async () => [])).toEqual({ result: 'success' })
})

test('a server without a list may have models all the same', async () => {
  const none = new AssayError('acme: HTTP 404.', { kind: 'not_found' })
  expect(await askList(() => Promise.reject(none))).toEqual({ result: 'unknown' })
})

test('a list that cannot be had is a failure', async () => {
  const refused = new AssayError('acme: HTTP 401.', { kind: 'auth' })
  expect(await askList(() => Promise.reject(refused))).toEqual({
    result: 'failure',
    reason: 'acme: HTTP 401.',
  })
})

test.each<{ answer: ProbeAnswer; outcome: Outcome }>([
  { answer: undefined, outcome: { result: 'success' } },
  { answer: true, outcome: { result: 'success' } },
  { answer: { healthy: true, latencyMs: 7 }, outcome: { result: 'success' } },
  { answer: false, outcome: { result: 'failure', reason: 'the probe says so' } },
  {
    answer: { healthy: false, latencyMs: 7, reason: 'out of memory' },
    outcome: { result: 'failure', reason: 'out of memory' },
  },
])("a user's probe that says $answer is a $outcome.result", async ({ answer, outcome }) => {
  expect(await askProbe(() => answer)).toEqual(outcome)
  expect(await askProbe(async () => answer)).toEqual(outcome)
})

test.each<{ error: Error; outcome: Outcome }>([
  { error: new TypeError('fetch failed'), outcome: { result: 'failure', reason: 'fetch failed' } },
  {
    error: new AssayError('acme: HTTP 500.', { kind: 'server' }),
    outcome: { result: 'failure', reason: 'acme: HTTP 500.' },
  },
  {
    error: new AssayError('acme: HTTP 429.', { kind: 'rate_limit' }),
    outcome: { result: 'unknown' },
  },
])("a user's probe that throws $error is a $outcome.result", async ({ error, outcome }) => {
  const probe = () => {
    throw error
  }
  expect(await askProbe(probe)).toEqual(outcome)
  expect(await askProbe(async () => probe())).toEqual(outcome)
})
