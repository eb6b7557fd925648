import { expect, test } from 'vitest'
import { shownOptions } from '../../src/evaluation/shown-options.ts'
import { Secret } from '../../src/model/secret.ts'

test('options stand in a file without what is or may be secret', () => {
  const script = () => 'x'
  expect(
    shownOptions({
      temperature: 0,
      maxTokens: 5,
      maxTokensField: 'max_tokens',
      apiKeys: ['sk-1', new Secret('sk-2')],
      headers: { 'x-org': 'mine' },
      body: {
        access_token: 'sk-3',
        stop: ['a'],
        nested: { Password: 'sk-4', deep: new Secret('sk-5') },
      },
      script,
      big: 7n,
      none: undefined,
    }),
  ).toEqual({
    temperature: 0,
    maxTokens: 5,
    maxTokensField: 'max_tokens',
    apiKeys: '***',
    headers: '***',
    body: { access_token: '***', stop: ['a'], nested: { Password: '***', deep: '***' } },
    script: '[function script]',
    big: '7',
    none: undefined,
  })
})

test('an instance of a class stands as the name of that', () => {
  class Client {
    readonly password = 'sk-1'
    readonly self = this
  }
  const options = { params: { client: new Client(), agent: new Map([['key', 'sk-2']]) } }
  expect(shownOptions(options)).toEqual({ params: { client: '[Client]', agent: '[Map]' } })
})
