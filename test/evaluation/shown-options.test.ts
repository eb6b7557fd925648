import { expect, test } from 'vitest'
import { shownOptions, shownURL } from '../../src/evaluation/shown-options.ts'
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

test('a field of the body that looks like a key is not shown, whatever it is called', () => {
  const key = '0123456789abcdef'
  expect(
    shownOptions({ id: 'model-2026-11-21-large', body: { customer: key, tags: [key, 'short'] } }),
  ).toEqual({
    id: 'model-2026-11-21-large',
    body: { customer: '***', tags: ['***', 'short'] },
  })
})

test.for([
  ['https://api.test/v1', 'https://api.test/v1'],
  ['https://api.test/v1?lang=en&key=short', 'https://api.test/v1?lang=en&key=***'],
  ['https://api.test/v1?code=0123456789abcdef=&flag', 'https://api.test/v1?code=***&flag'],
  ['https://api.test/v1?0123456789abcdef', 'https://api.test/v1?***'],
  ['https://api.test/0123456789abcdef/v1', 'https://api.test/***/v1'],
  ['https://me:word@api.test/v1', 'https://***@api.test/v1'],
  [
    'http://127.0.0.1:9/models/{{model}}?q={{prompt}}&token={{x}}',
    'http://127.0.0.1:9/models/{{model}}?q={{prompt}}&token=***',
  ],
])('the URL %s stands in a file as %s', ([url, shown]) => {
  expect(shownURL(url!)).toBe(shown)
  expect(shownOptions({ baseURL: url })).toEqual({ baseURL: shown })
})
