import { expect, test } from 'vitest'
import { isTelling, mayBeSecret } from '../../src/model/may-be-secret.ts'

test.for([
  ...[
    'key',
    'api_key',
    'apiKey',
    'apiKeys',
    'APIKey',
    'OPENAI_API_KEY',
    'x-goog-api-key',
    'apikey',
  ],
  ...['subscriptionkey', 'key_id', 'auth', 'X-Auth', 'OAuth2', 'authToken', 'Authorization'],
  ...['Proxy-Authorization', 'authentication', 'token', 'access_token', 'accessToken', 'idtoken'],
  ...['sig', 'X-Amz-Signature', 'X-Amz-Credential', 'credentials', 'Set-Cookie', 'cookies'],
  ...['password', 'dbPassword', 'client_secret', 'clientSecretValue', 'SECRETS'],
])('%s tells of a secret', (name) => {
  expect(isTelling(name)).toBe(true)
  expect(mayBeSecret(name, 'ab')).toBe(true)
})

test.for([
  ...['author', 'authors', 'authority', 'co-author', 'design', 'signal', 'assign', 'sign'],
  ...['keyboard', 'keyword', 'keepAlive', 'max_tokens', 'maxTokens', 'max_token', 'tokens'],
  ...['tokenizer', 'lang', 'user', 'model', ''],
])('%j tells of none', (name) => {
  expect(isTelling(name)).toBe(false)
  expect(mayBeSecret(name, 'ab')).toBe(false)
  expect(mayBeSecret(name, '0123456789abcdef')).toBe(true)
})
