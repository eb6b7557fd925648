import { expect, test } from 'vitest'
import { Secret } from '../../../src/model/secret.ts'
import { createMask, maskArguments } from '../../../src/server/log/mask.ts'

const none = { envs: [] }

test('a secret is masked wherever it stands, also as JSON has it', () => {
  const mask = createMask({ ...none, secrets: [new Secret('a"secret'), null] })
  expect(mask('key=a"secret, {"key":"a\\"secret"}')).toBe('key=***, {"key":"***"}')
})

test('of two secrets that begin alike nothing is left', () => {
  const mask = createMask({ ...none, secrets: [new Secret('abc'), new Secret('abcdef')] })
  expect(mask('abcdef abc')).toBe('*** ***')
})

test.for(['HF_TOKEN', 'OPENAI_API_KEY', 'SOME_SECRET', 'DB_PASSWORD', 'token', 'hf_token'])(
  'the value of %s is masked',
  (name) => {
    const mask = createMask({ ...none, envs: [{ [name]: 'hf_0123456789' }, { [name]: null }] })
    expect(mask('with hf_0123456789.')).toBe('with ***.')
  },
)

test.for([
  ['HOME', '/home/somebody'],
  ['TOKENIZERS_PARALLELISM', 'sometimes'],
  ['MONKEY', 'orangutan'],
  ['HF_TOKEN', 'short'],
  ['HF_TOKEN', ''],
] as const)('%s=%s is none', ([name, value]) => {
  const mask = createMask({ ...none, envs: [{ [name]: value }] })
  expect(mask(`with ${value}.`)).toBe(`with ${value}.`)
})

test('what follows a flag that is named like a secret is masked, and nothing else', () => {
  expect(
    maskArguments([
      '--api-key',
      'a',
      '--hf-token=b',
      '--max-tokens',
      '5',
      '--api-key',
      '--port',
      '1',
    ]),
  ).toEqual(['--api-key', '***', '--hf-token=***', '--max-tokens', '5', '--api-key', '--port', '1'])
})

test('what follows such a flag is masked elsewhere too, unless it is a word like any other', () => {
  const mask = createMask({ ...none, args: ['--hf-token', 'hf_0123456789', '--api-key=short'] })
  expect(mask("{'hf_token': 'hf_0123456789'} short")).toBe("{'hf_token': '***'} short")
})
