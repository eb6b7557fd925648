import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import quota from '../../responses/openai/quota.json' with { type: 'json' }
import { createProgram } from '../../support/fake-program.ts'
import { serve } from '../../support/http-server.ts'
import { authorityPath, certificate } from '../../support/tls/certificates.ts'
import { createFolder } from '../../plugin/folder.ts'
import { acmeServer } from './acme-server.ts'
import { examined, KEY, lastOf, saidOf, statusesOf, WRONG } from './examined.ts'

const PASSED = {
  name: 'passed',
  key: 'passed',
  connection: 'passed',
  listing: 'passed',
  call: 'passed',
}

test('R-22: of a model that works, all checks pass, and the exit code is 0', async () => {
  const { env } = await acmeServer()
  const report = await examined('acme/small', { env })
  expect(statusesOf(report)).toEqual(PASSED)
  expect(report.exitCode).toBe(0)
  expect(saidOf(report, 'key')).toBe('sk-…(51 chars) from ACME_API_KEY')
  expect(saidOf(report, 'listing')).toBe('one of 2 models')
})

test('R-22: the cost of a custom provider is unknown, and no failure', async () => {
  const { env } = await acmeServer()
  const { checks } = await examined('acme/small', { env })
  expect(checks.at(-1)).toMatchObject({
    status: 'passed',
    costUsd: null,
    latencyMs: expect.any(Number) as number,
    message: expect.stringMatching(/^small answered in \d+ ms: 9 tokens in, 1 out, cost unknown$/),
  })
})

describe('names and options', () => {
  test('R-22: a provider that is not detected is named, with those that there are', async () => {
    const env = { ACME_API_KEY: KEY, ACME_API_BASE_URL: 'http://127.0.0.1:9/v1' }
    const report = await examined('acme/small', { env })
    expect(report.exitCode).toBe(2)
    expect(lastOf(report)).toMatchObject({
      name: 'name',
      status: 'failed',
      message: expect.stringMatching(
        /^There is no provider `acme`\. Providers: .* becomes one through ACME_API_BASE\.$/,
      ) as string,
    })
  })

  test('R-22: what defines other models is pointed out: its options do not hold', async () => {
    const { env } = await acmeServer()
    const ACME_MODELS = '{"Small": {"id": "small", "options": {"temperature": 0.1}}}'
    const other = await examined('acme/small', { env: { ...env, ACME_MODELS } })
    expect(other.checks[0]).toEqual({
      name: 'name',
      status: 'warning',
      message: 'ACME_MODELS defines Small, and not "small": what it says holds for those alone.',
    })
    const defined = await examined('acme/Small', { env: { ...env, ACME_MODELS } })
    expect(statusesOf(defined)).toEqual(PASSED)
    expect(saidOf(defined, 'name')).toBe('provider acme; id, temperature from ACME_MODELS')
  })

  test.for([
    [
      'acme/small',
      { ACME_MODELS: '{"small": {"temperature": 0.1}}' },
      'ACME_MODELS: small: expected',
    ],
    ['acme/small', { ASSAY_ACME_TEMPRATURE: '1' }, 'did you mean ASSAY_ACME_TEMPERATURE?'],
    ['gpt-4', {}, 'did you mean "openai/gpt-4"?'],
    ['llama-cpp/models/missing.gguf', {}, "there is no model file 'models/missing.gguf'"],
    ['groq/m', { GROQ_API_BASE: 'https://a.test', GROQ_API_KEY: KEY }, 'MY_GROQ_API_BASE'],
  ] as const)('R-22: %s with %j is wrong, with exit code 2', async ([spec, env, said]) => {
    const acme = { ACME_API_BASE: 'http://127.0.0.1:9/v1' }
    const report = await examined(spec, { env: { ...acme, ...env } })
    expect(report.exitCode).toBe(2)
    expect(statusesOf(report)).toEqual({ name: 'failed' })
    expect(lastOf(report).message).toContain(said)
  })
})

describe('keys', () => {
  test('R-22: without a key, the variable is named, and no connection is made', async () => {
    const report = await examined('openai/gpt-5-mini')
    expect(report.exitCode).toBe(10)
    expect(statusesOf(report)).toEqual({ name: 'passed', key: 'failed' })
    expect(lastOf(report).message).toBe(
      'openai: there is no key: set OPENAI_API_KEY, or give `apiKeys`.',
    )
  })

  test('R-20: a key of the configuration file is told by its place, of several each is masked', async () => {
    const files = {
      'assay.config.yaml': `models: [{ name: small, provider: openai, config: { api_keys: ['\${A}', '\${B}'] } }]`,
    }
    const env = { A: KEY, B: 'short' }
    const report = await examined('small', { env, files, offline: true })
    expect(saidOf(report, 'key')).toMatch(
      /^sk-…\(51 chars\), …\(5 chars\) from \S*assay\.config\.yaml:1:53$/,
    )
  })

  test('R-22: a key that the server does not take is told from one that is missing', async () => {
    const { env } = await acmeServer()
    const wrong = await examined('acme/small', { env: { ...env, ACME_API_KEY: WRONG } })
    expect(wrong.exitCode).toBe(12)
    expect(lastOf(wrong)).toMatchObject({
      name: 'listing',
      status: 'failed',
      message: expect.stringMatching(/API error \(401\).* correct ACME_API_KEY\.$/) as string,
    })
    const { ACME_API_BASE } = env
    const none = await examined('acme/small', { env: { ACME_API_BASE: ACME_API_BASE! } })
    expect(saidOf(none, 'key')).toBe('none is sent')
    expect(lastOf(none).message).toMatch(/The server wants a key: set ACME_API_KEY\.$/)
  })
})

describe('connections', () => {
  async function closedPort(): Promise<string> {
    const server = await serve(() => {})
    await server[Symbol.asyncDispose]()
    return server.url
  }

  /** A server that takes connections and says nothing. */
  async function silentPort(): Promise<number> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return (server.address() as { port: number }).port
  }

  async function secureServer(): Promise<string> {
    const server = await serve(() => ({ body: { data: [] } }), certificate)
    onTestFinished(() => server[Symbol.asyncDispose]())
    return server.url
  }

  const connectedTo = (base: string, more = {}, timeout = 20_000) =>
    examined('acme/small', { env: { ACME_API_BASE: base, ...more }, timeout })

  test('D-24, R-22: no host, a closed port, silence, a bad certificate and no TLS are told apart', async () => {
    const { url } = await acmeServer()
    const secure = await secureServer()
    const reports = {
      noHost: await connectedTo('http://no-such-host.invalid/v1'),
      closed: await connectedTo(`${await closedPort()}/v1`),
      silent: await connectedTo(`https://127.0.0.1:${await silentPort()}/v1`, {}, 200),
      untrusted: await connectedTo(`${secure}/v1`),
      noTls: await connectedTo(`${url.replace('http:', 'https:')}/v1`),
    }
    expect(Object.values(reports).map(({ exitCode }) => exitCode)).toEqual([11, 11, 11, 11, 11])
    const said = Object.entries(reports).map(([what, report]) => {
      expect(lastOf(report)).toMatchObject({ name: 'connection', status: 'failed' })
      return [what, lastOf(report).message.replaceAll(/:\d{4,5}/g, ':PORT')]
    })
    expect(Object.fromEntries(said)).toEqual({
      noHost: expect.stringMatching(
        /^acme: there is no host no-such-host\.invalid \((?:ENOTFOUND|EAI_AGAIN)\): correct the base URL/,
      ),
      closed:
        'acme: nothing listens at 127.0.0.1:PORT (ECONNREFUSED): start the server, or correct the base URL.',
      silent:
        'acme: 127.0.0.1:PORT takes no connection within 0.2 s: see whether the address is right, and what stands in between.',
      untrusted: expect.stringMatching(
        /^acme: the certificate of 127\.0\.0\.1:PORT is of nobody that Node trusts \(\w+\): give the file/,
      ),
      noTls: expect.stringMatching(/speaks no TLS \(\w+\): the base URL is probably to begin/),
    })
  })

  test('a server of an authority that the options name is reached', async () => {
    const report = await connectedTo(`${await secureServer()}/v1`, { ASSAY_ACME_CA: authorityPath })
    expect(statusesOf(report)).toMatchObject({ connection: 'passed' })
  })

  test('behind a proxy a server need not be reached from here', async () => {
    const report = await connectedTo(`${await closedPort()}/v1`, { NODE_USE_ENV_PROXY: '1' })
    expect(statusesOf(report)).toMatchObject({ connection: 'skipped', listing: 'failed' })
  })

  test('a server that is attached to is looked for at set-up, and nothing else is tried', async () => {
    const LLAMA_SERVER_API_BASE = await closedPort()
    const report = await examined('llama-server/any/model', { env: { LLAMA_SERVER_API_BASE } })
    expect(report.exitCode).toBe(11)
    expect(lastOf(report).message).toMatch(/nothing listens at .*\(ECONNREFUSED\)/)
  })

  test('the program of a local server is looked for, and nothing is started', async () => {
    const folder = await createFolder({})
    onTestFinished(() => folder[Symbol.asyncDispose]())
    const bin = await createProgram(folder.path, 'vllm', '/not/started')
    const found = await examined('vllm/a/b', { env: { VLLM_BIN: bin }, offline: true })
    expect(statusesOf(found)).toMatchObject({ connection: 'passed', call: 'skipped' })
    expect(saidOf(found, 'connection')).toContain(bin)
    const none = await examined('vllm/a/b', { env: { VLLM_BIN: '/no/vllm' }, offline: true })
    expect(none.exitCode).toBe(11)
    expect(lastOf(none).message).toBe(
      'vllm: there is no program /no/vllm. Install vLLM, as with `pip install vllm`, or set VLLM_BIN to the path of its program.',
    )
  })
})

describe('listings', () => {
  test('D-19, R-22: a server without a list works all the same; models can be listed statically', async () => {
    const { env } = await acmeServer({ list: { status: 404, body: 'no' } })
    const report = await examined('acme/small', { env })
    expect(report.exitCode).toBe(0)
    expect(statusesOf(report)).toEqual({ ...PASSED, listing: 'warning' })
    expect(saidOf(report, 'listing')).toMatch(
      /has no \/models;.* listed statically, in ACME_MODELS\.$/,
    )
  })

  test.for([403, 405, 501])('a list that answers with %i is no failure', async (status) => {
    const { env } = await acmeServer({ list: { status, body: 'no' } })
    const report = await examined('acme/small', { env })
    expect(statusesOf(report)).toEqual({ ...PASSED, listing: 'warning' })
  })

  test('a list without the model is a warning that names the nearest', async () => {
    const chat = { body: { choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] } }
    const { env } = await acmeServer({ chat })
    const report = await examined('acme/smal', { env })
    expect(statusesOf(report)).toEqual({ ...PASSED, listing: 'warning' })
    expect(saidOf(report, 'listing')).toBe('not among 2 models; nearest: small, large')
  })

  test('R-22: a server that takes connections and does not answer has its own sentence', async () => {
    const { env } = await acmeServer({ list: 'silent' })
    const report = await examined('acme/small', { env, timeout: 200 })
    expect(report.exitCode).toBe(12)
    expect(lastOf(report).message).toMatch(/takes connections and does not answer/)
  })
})

describe('calls', () => {
  test.for([
    ['auth', { status: 401, body: {} }, /does not take the key: correct ACME_API_KEY/],
    ['quota', { status: 429, body: quota.body }, /nothing left to spend/],
    ['forbidden', { status: 403, body: {} }, /may not do this/],
    ['not found', { status: 404, body: {} }, /model is not there or the base URL is wrong/],
    ['another format', { body: { output: 'Hi' } }, /no chat completion.* take the provider `rest`/],
    ['an error of the server', { status: 500, body: {} }, /API error \(500\)/],
  ] as const)('D-24, R-22: %s is told from all others', async ([, chat, said]) => {
    const server = await acmeServer({ chat })
    const report = await examined('acme/small', { env: server.env })
    expect(report.exitCode).toBe(13)
    expect(statusesOf(report)).toEqual({ ...PASSED, call: 'failed' })
    expect(lastOf(report).message).toMatch(said)
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST'])
  })

  test('what is set for requests of a model does not make the doctor wait, or read from the cache', async () => {
    const server = await acmeServer({ chat: 'silent' })
    const more = { ASSAY_ACME_TIMEOUT: '0', ASSAY_ACME_ATTEMPTS: '9', ASSAY_ACME_CACHE: 'write' }
    const report = await examined('acme/small', { env: { ...server.env, ...more }, timeout: 200 })
    expect(report.exitCode).toBe(13)
    expect(server.requests.length).toBe(2)
  })

  test('a model that refuses a single token gets room for more', async () => {
    const tokens: unknown[] = []
    const server = await serve((request) => {
      if (request.method === 'GET') return { body: { data: [{ id: 'small' }] } }
      const { max_tokens: most } = request.json
      tokens.push(most)
      if (most === 1) return { status: 400, body: { error: { message: 'no' } } }
      return { body: { choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] } }
    })
    onTestFinished(() => server[Symbol.asyncDispose]())
    const report = await examined('acme/small', { env: { ACME_API_BASE: server.url } })
    expect(statusesOf(report)).toEqual(PASSED)
    expect(tokens).toEqual([1, 256])
  })
})

test('R-21: offline nothing is sent, and what was not done says so', async () => {
  const server = await acmeServer()
  const report = await examined('acme/small', { env: server.env, offline: true, conformance: true })
  expect(server.requests).toEqual([])
  expect(report.exitCode).toBe(0)
  expect(report.checks.slice(2)).toEqual(
    ['connection', 'listing', 'call', 'conformance'].map((name) => ({
      name,
      status: 'skipped',
      message: 'not done: --offline',
    })),
  )
})
