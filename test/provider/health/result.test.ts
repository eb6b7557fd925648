import { expect, test } from 'vitest'
import { AssayError, type ErrorKind } from '../../../src/model/error.ts'
import {
  outcomeOfError,
  outcomeOfResponse,
  resultOfKind,
} from '../../../src/provider/health/result.ts'

test('O-28: which errors say that a model is ill', () => {
  const kinds = Object.keys(resultOfKind) as ErrorKind[]
  expect(Object.groupBy(kinds, (kind) => resultOfKind[kind])).toEqual({
    unknown: ['rate_limit', 'cancelled', 'config', 'internal'],
    success: ['invalid_request', 'context_window', 'content_filter'],
    failure: [
      'network',
      'timeout',
      'server',
      'parse',
      'setup',
      'auth',
      'forbidden',
      'not_found',
      'quota',
    ],
  })
})

test('the reason of a failure is the message of its error', () => {
  const error = new AssayError('acme: HTTP 503.', { kind: 'server' })
  expect(outcomeOfError(error)).toEqual({ result: 'failure', reason: 'acme: HTTP 503.' })
  const busy = new AssayError('acme: HTTP 429.', { kind: 'rate_limit' })
  expect(outcomeOfError(busy)).toEqual({ result: 'unknown' })
})

test('a fault of the program says nothing of the model', () => {
  expect(outcomeOfError(new TypeError('x is not a function'))).toEqual({ result: 'unknown' })
})

test('a response is a success, unless it came from a cache', () => {
  const response = { cached: false, latencyMs: 12 }
  expect(outcomeOfResponse(response)).toEqual({ result: 'success', latencyMs: 12 })
  expect(outcomeOfResponse({ ...response, cached: true })).toEqual({ result: 'unknown' })
})
