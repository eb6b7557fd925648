import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { keysOf } from '../../src/provider/keys.ts'

const values = (...args: Parameters<typeof keysOf>) => keysOf(...args).map((key) => key.reveal())

test('keys of the environment come in the order of their numbers, each once, in any case of the name', () => {
  const env = {
    ACME_API_KEY_10: 'ten',
    ACME_API_KEY_2: ' two ',
    Acme_API_KEY: 'first',
    ACME_API_KEY_3: 'first',
    ACME_API_KEY_4: '',
    ACME_API_KEY_OLD: 'no',
    OTHER_API_KEY: 'no',
  }
  expect(values({ name: 'acme', env })).toEqual(['first', 'two', 'ten'])
  expect(values({ name: 'nobody', env })).toEqual([])
})

test('those given in code take their place', () => {
  const env = { ACME_API_KEY: 'env' }
  expect(values({ name: 'acme', env, given: ['a', new Secret('b'), 'a', ' '] })).toEqual(['a', 'b'])
  expect(values({ name: 'acme', env, given: [] })).toEqual([])
})

test('one variable with two values, and a key that no header takes, are errors that show neither', () => {
  const twice = () =>
    keysOf({ name: 'acme', env: { ACME_API_KEY: 'sk-one', Acme_API_KEY: 'sk-two' } })
  expect(twice).toThrow('ACME_API_KEY and Acme_API_KEY are one variable with two values')
  const broken = () => keysOf({ name: 'acme', env: { ACME_API_KEY: 'sk-\nx' } })
  expect(broken).toThrow('acme: API keys of the environment: a key holds a line break')
  for (const call of [twice, broken]) {
    try {
      call()
    } catch (error) {
      expect(inspect(error)).not.toContain('sk-')
    }
  }
})
