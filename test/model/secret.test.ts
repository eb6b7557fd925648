import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'

test('X-14: a secret prints as ***, however it is printed', () => {
  const secret = new Secret('invented')
  const printed = [
    String(secret),
    secret + '',
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 9 }),
    format('%s %o %j', secret, secret, secret),
  ]
  for (const text of printed) {
    expect(text).toContain('***')
    expect(text).not.toContain('invented')
  }
  expect(structuredClone({ secret })).toEqual({ secret: {} })
})

test('only `reveal` gives a secret away', () => {
  expect(new Secret('invented').reveal()).toBe('invented')
})
