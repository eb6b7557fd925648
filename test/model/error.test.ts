import { expect, test, vi } from 'vitest'
import { AssayError, messageOf, toAssayError } from '../../src/model/error.ts'

test('an error carries its kind, provider, status, delay and cause', () => {
  const cause = new Error('429')
  const error = new AssayError('Too many requests.', {
    kind: 'rate_limit',
    provider: 'acme',
    status: 429,
    retryAfterMs: 2000,
    cause,
  })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'AssayError',
    message: 'Too many requests.',
    kind: 'rate_limit',
    provider: 'acme',
    status: 429,
    retryAfterMs: 2000,
    cause,
  })
})

test('an error without a cause has none', () => {
  expect('cause' in new AssayError('x', { kind: 'internal' })).toBe(false)
})

test('AssayError.is knows an error of another copy of the package, and nothing else', async () => {
  vi.resetModules()
  const copy = await import('../../src/model/error.ts')
  expect(copy.AssayError).not.toBe(AssayError)
  const foreign = new copy.AssayError('x', { kind: 'server' })
  expect(foreign).not.toBeInstanceOf(AssayError)
  expect(AssayError.is(foreign)).toBe(true)
  expect(toAssayError(foreign, 'internal')).toBe(foreign)
  for (const other of [new Error('x'), { kind: 'server' }, null, undefined, 'AssayError', 7]) {
    expect(AssayError.is(other)).toBe(false)
  }
})

test('an AssayError stays as it is; what else was thrown becomes its cause', () => {
  const own = new AssayError('x', { kind: 'quota', provider: 'acme' })
  expect(toAssayError(own, 'internal', 'other')).toBe(own)
  const thrown = new TypeError('no such thing')
  expect(toAssayError(thrown, 'network', 'acme')).toMatchObject({
    message: 'no such thing',
    kind: 'network',
    provider: 'acme',
    cause: thrown,
  })
  expect(toAssayError('a text', 'internal')).toMatchObject({ message: 'a text', cause: 'a text' })
})

test('whatever is thrown has a message', () => {
  expect(messageOf(new Error('said'))).toBe('said')
  expect(messageOf(new RangeError())).toBe('RangeError')
  expect(messageOf('text')).toBe('text')
  expect(messageOf(undefined)).toBe('undefined')
  expect(messageOf(Symbol('s'))).toBe('Symbol(s)')
})
