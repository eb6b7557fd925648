import { expect, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { redact } from '../../src/request/redact.ts'

test.for([
  ['Bearer one, one!', ['one'], 'Bearer ***, ***!'],
  ['one one-two', ['one', 'one-two'], '*** ***'],
  ['?key=a%2Fb%20c', ['a/b c'], '?key=***'],
  [String.raw`{"key":"a\"b"}`, ['a"b'], '{"key":"***"}'],
  ['$& a.c abc', ['a.c', '$&'], '*** *** abc'],
  ['nothing', [''], 'nothing'],
  ['nothing', [], 'nothing'],
] as const)('D-16: %j without %j is %j', ([text, secrets, redacted]) => {
  expect(
    redact(
      text,
      secrets.map((secret) => new Secret(secret)),
    ),
  ).toBe(redacted)
})
