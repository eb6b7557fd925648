import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import scripted from '../../providers/scripted.ts'
import { type ProviderContract, testProvider } from '../../src/testing.ts'
import { createProject } from '../support/project.ts'
import { acme } from './acme/acme.ts'
import { contract } from './acme/contract.ts'

const provider = acme()
const replies = contract.replies!

/** The error of a use that is wrong, which is thrown before a test is registered. */
function errorOf(given: object, of = provider): unknown {
  try {
    testProvider(of, given as ProviderContract)
  } catch (error) {
    return error
  }
  return expect.fail('testProvider() has taken it')
}

test('the page of providers shows what an author writes, and it passes in a plain project', async () => {
  const page = await readFile(new URL('../../docs/providers.md', import.meta.url), 'utf8')
  const blocks = page.matchAll(/^```ts\n\/\/ (?<name>\S+)\n(?<code>[^]*?)^```$/gm)
  const files = [...blocks].map(({ groups }) => [groups!['name']!, groups!['code']!])
  await using project = await createProject({
    ...(Object.fromEntries(files) as Record<string, string>),
    'vitest.config.ts': 'export default {}',
  })
  const { exitCode, output } = await project.vitest({ args: ['--reporter=verbose'] })
  expect(exitCode, output).toBe(0)
  const names = [...output.matchAll(/✓ (\S+) > (provider \S+) > (\w+):/g)].map(
    ([, file, suite, check]) => [file, suite, check].join(' '),
  )
  expect(names.toSorted()).toEqual([
    'acme.test.ts provider acme abort',
    'acme.test.ts provider acme batch',
    'acme.test.ts provider acme blocked',
    'acme.test.ts provider acme errorWithin200',
    'acme.test.ts provider acme generate',
    'acme.test.ts provider acme invalidRequest',
    'acme.test.ts provider acme key',
    'acme.test.ts provider acme malformed',
    'acme.test.ts provider acme network',
    'acme.test.ts provider acme noUsage',
    'acme.test.ts provider acme rateLimited',
    'acme.test.ts provider acme serverError',
    'acme.test.ts provider acme stream',
    'acme.test.ts provider acme streamBatch',
    'acme.test.ts provider acme teardown',
    'parrot.test.ts provider parrot abort',
    'parrot.test.ts provider parrot batch',
    'parrot.test.ts provider parrot generate',
    'parrot.test.ts provider parrot stream',
    'parrot.test.ts provider parrot streamBatch',
    'parrot.test.ts provider parrot teardown',
  ])
})

describe('a wrong use is one clear error', () => {
  test.for([
    ['no model', { replies }, 'testProvider(acme): `model` is missing'],
    [
      'an unknown name',
      { ...contract, retries: 2 },
      'testProvider(acme): unknown `retries`, expected model, options, env, replies, other, shared, timeout',
    ],
    [
      'missing replies',
      { ...contract, replies: { ...replies, noUsage: undefined, rateLimited: undefined } },
      'testProvider(acme): `replies.noUsage` is missing: give what the server would answer, or `false` where the API has no such reply; ' +
        '`replies.rateLimited` is missing: give what the server would answer',
    ],
    [
      'an unknown reply',
      { ...contract, replies: { ...replies, limited: { status: 429 } } },
      'testProvider(acme): unknown `replies.limited`, expected answer, stream, blocked, noUsage, rateLimited, serverError, invalidRequest, errorWithin200, errorWithinStream, malformed',
    ],
    [
      'a reply without what it must become',
      { ...contract, replies: { ...replies, errorWithin200: { body: { ok: false } } } },
      'testProvider(acme): `replies.errorWithin200.expect`: Invalid key: Expected "expect" but received undefined',
    ],
    [
      'an unknown field of a reply',
      { ...contract, replies: { ...replies, malformed: { json: 'x' } } },
      'testProvider(acme): `replies.malformed.json`: Invalid key: Expected never but received "json"',
    ],
    [
      'a text that the body does not hold',
      { ...contract, replies: { ...replies, answer: { body: 'x', expect: { text: 'Vienna' } } } },
      'testProvider(acme): `replies.answer.body`: expected `expect.text` to stand in it, in one piece',
    ],
    [
      'a stream that cannot be cut',
      { ...contract, replies: { ...replies, stream: { body: '{}\n\n', expect: { text: 'x' } } } },
      'testProvider(acme): `replies.stream.body`: expected the text of a whole stream, of three events',
    ],
  ])('%s', ([, given, message]) => {
    expect(errorOf(given as object)).toMatchObject({ kind: 'config', message })
  })

  test('a provider that cannot be bound to a server', () => {
    expect(errorOf(contract, { ...scripted })).toMatchObject({
      kind: 'config',
      message:
        'testProvider(scripted): expected what `defineProvider()` of the same copy of vitest-assay returns',
    })
  })
})

test('what is no request for a response is answered by `other`, and not counted', async () => {
  await using project = await createProject({
    'token.test.ts': `
      import { AssayError, createModel, defineProvider } from 'vitest-assay'
      import { testProvider } from 'vitest-assay/testing'
      const provider = defineProvider({
        name: 'token',
        async setup(name, _options, { request, env, keys }) {
          const { token } = await (await request.with({ keys })(env.URL + '/token')).json()
          return createModel({
            provider: 'token',
            name,
            async generate(messages, { signal }) {
              const body = JSON.stringify(messages)
              const init = { method: 'POST', body, signal, headers: { 'x-token': token } }
              return { text: (await (await request(env.URL, init)).json()).text, usage: null }
            },
          })
        },
      })
      const error = { body: {} }
      testProvider(provider, {
        model: 'm',
        env: (URL) => ({ URL }),
        other: ({ url }) => (url === '/token' ? { body: { token: 't' } } : undefined),
        replies: {
          answer: { body: { text: 'Vienna' }, expect: { text: 'Vienna', usage: null } },
          stream: false, blocked: false, noUsage: false, errorWithin200: false, errorWithinStream: false,
          rateLimited: error, serverError: error, invalidRequest: error, malformed: error,
        },
      })
    `,
    'vitest.config.ts': 'export default {}',
  })
  const { output } = await project.vitest({ args: ['-t', '(generate|batch|abort|rateLimited):'] })
  expect(output).toMatch(/Tests {2}4 passed/)
})

test('E-21: a provider with another way to a model is warned of, and a plain one is not', async () => {
  await using project = await createProject({
    'client.test.ts': `
      import { createModel, defineProvider } from 'vitest-assay'
      import { testProvider } from 'vitest-assay/testing'
      const plain = defineProvider({
        name: 'plain',
        setup: (name) => createModel({ provider: 'plain', name, generate: async () => ({ text: 'x' }) }),
      })
      class Own {
        name = 'own'
        #plain = plain
        setup(...args) { return this.#plain.setup(...args) }
        teardown(id) { return this.#plain.teardown(id) }
        teardownAll() { return this.#plain.teardownAll() }
        getClient() { return {} }
        create = () => ({})
      }
      testProvider(plain, { model: 'm' })
      testProvider(new Own(), { model: 'm' })
    `,
    'vitest.config.ts': 'export default {}',
  })
  const { output } = await project.vitest({ args: ['-t', 'plain batch:'] })
  expect(output.match(/testProvider\(\w+\): .*/g)).toEqual([
    'testProvider(own): `setup` is the one way to a model; what `create`, `getClient` make is torn down by nobody.',
  ])
})
