import { expect, test } from 'vitest'
import { type HealthOptions, healthSchema } from '../../../src/provider/health/options.ts'
import { checked } from '../../../src/model/checked.ts'

test('O-27: what holds where nothing is said', () => {
  expect(checked('health', healthSchema, {})).toEqual({
    failureThreshold: 3,
    recoveryThreshold: 2,
    degradedMs: 5000,
    timeoutMs: 30_000,
    history: 100,
  })
})

test('O-27: what is said holds', () => {
  const options: Required<HealthOptions> = {
    intervalMs: 300_000,
    failureThreshold: 4,
    recoveryThreshold: 5,
    degradedMs: 6000,
    timeoutMs: 7000,
    history: 8,
    probe: () => true,
  }
  expect(checked('health', healthSchema, options)).toEqual(options)
})

test.each<{ options: object; message: string }>([
  {
    options: { failureThreshold: 0 },
    message: 'health: `failureThreshold`: expected at least 1, got 0.',
  },
  {
    options: { recoveryThreshold: 1.5 },
    message: 'health: `recoveryThreshold`: expected a whole number, got 1.5.',
  },
  { options: { intervalMs: 0 }, message: 'health: `intervalMs`: expected at least 1, got 0.' },
  {
    options: { intervalMs: 2 ** 31 },
    message: 'health: `intervalMs`: expected at most 2147483647, got 2147483648.',
  },
  { options: { timeoutMs: NaN }, message: 'health: `timeoutMs`: expected number, got NaN.' },
  { options: { degradedMs: -1 }, message: 'health: `degradedMs`: expected at least 1, got -1.' },
  { options: { history: '100' }, message: 'health: `history`: expected number, got "100".' },
  {
    options: { probe: '/models', intervalMs: 1 },
    message: 'health: `probe`: expected a function of a model and a signal, got "/models".',
  },
  {
    options: { probe: () => {} },
    message: 'health: `probe` is asked every `intervalMs`; set that too.',
  },
  {
    options: { failureTreshold: 3 },
    message: 'health: there is no option `failureTreshold` (did you mean `failureThreshold`?).',
  },
])('O-27: $message', ({ options, message }) => {
  expect(() => checked('health', healthSchema, options)).toThrow(
    expect.objectContaining({ name: 'AssayError', kind: 'config', message }),
  )
})
