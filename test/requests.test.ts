import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createProviders } from '../providers/create-providers.ts'
import { startChaosServer } from './support/chaos-server.ts'
import { type Handler, type HttpServer, serve } from './support/http-server.ts'
import { createProject, type Project } from './support/project.ts'
import { sharedRun } from './support/shared-run.ts'

interface CountingServer {
  readonly server: HttpServer
  /** The most requests that were in flight at once. */
  most(): number
}

/** A server that counts what is in flight, and answers with the last message in capitals. */
async function startCountingServer(before: Handler = () => {}): Promise<CountingServer> {
  let inFlight = 0
  let most = 0
  const server = await serve(async (request, response) => {
    inFlight++
    most = Math.max(most, inFlight)
    try {
      const early = await before(request, response)
      if (early) return early
      await sleep(20)
      return answer(request.json)
    } finally {
      inFlight--
    }
  })
  return { server, most: () => most }
}

/** One until the test ends. */
async function countingServer(before?: Handler): Promise<CountingServer> {
  const counting = await startCountingServer(before)
  onTestFinished(() => counting.server[Symbol.asyncDispose]())
  return counting
}

/** Some by the names of their providers, which the environment is to have; they are ended with the suite. */
function countingServers(before: Readonly<Record<string, Handler | undefined>>) {
  const servers: Record<string, CountingServer> = {}
  afterAll(async () => {
    for (const { server } of Object.values(servers)) await server[Symbol.asyncDispose]()
  })
  return {
    of: (name: string) => servers[name]!,
    async env(): Promise<Record<string, string>> {
      const bases: Record<string, string> = {}
      for (const [name, handler] of Object.entries(before)) {
        servers[name] = await startCountingServer(handler)
        bases[`${name.toUpperCase()}_API_BASE`] = `${servers[name].server.url}/v1`
      }
      return bases
    },
  }
}

function answer({ model, messages }: Record<string, unknown>) {
  const { content } = (messages as { content: string }[]).at(-1)!
  return {
    body: {
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: content.toUpperCase() },
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    },
  }
}

function config(options: object): string {
  return `
    import { defineConfig } from 'vitest/config'
    import { evals } from 'vitest-assay/config'
    export default defineConfig({ plugins: [evals(${JSON.stringify(options)})] })
  `
}

function evalOver(rows: number, more = ''): string {
  return `
    import { foreach } from 'vitest-assay'
    const rows = Array.from({ length: ${rows} }, (_, i) => ({ id: 'r' + i, word: 'word ' + i }))
    foreach(rows, { models: ['acme/small']${more} })('shouts', async ({ word }, { model }) => {
      return (await model.generate(word)).text === word.toUpperCase()
    })
  `
}

async function projectOf(files: Record<string, string>): Promise<Project> {
  const project = await createProject(files)
  onTestFinished(() => project[Symbol.asyncDispose]())
  return project
}

function envOf({ url }: HttpServer, more: Record<string, string> = {}) {
  return { ACME_API_BASE: `${url}/v1`, ACME_API_KEY: 'sk-acme-0123456789', ...more }
}

describe('permits', () => {
  test('E-33: a limit of a provider holds over files, models and workers, and is said once', async () => {
    const { server, most } = await countingServer()
    const project = await projectOf({
      'vitest.config.ts': config({
        concurrency: { acme: 2 },
        limits: { acmee: { rpm: 1 } },
        test: { maxWorkers: 2 },
      }),
      'a.eval.ts': evalOver(12),
      'b.eval.ts': evalOver(12).replace('acme/small', 'acme/large'),
    })
    const { exitCode, output } = await project.vitest({ env: envOf(server) })
    expect(exitCode, output).toBe(0)
    expect(server.requests).toHaveLength(24)
    expect(most()).toBe(2)
    expect(output.match(/Using provider-specific concurrency: 2 for acme/g)).toHaveLength(1)
    expect(output).toContain(
      '`limits`: "acmee" is no provider or model of this run; did you mean "acme"?',
    )
  })

  describe('of several providers', () => {
    const servers = countingServers({
      judged: undefined,
      own: undefined,
      plain: undefined,
      wide: () => sleep(150), // so long that the slow start can fill the lanes
    })
    const run = sharedRun(
      {
        'vitest.config.ts': config({
          concurrency: { default: 25, judged: 1, own: 2 },
          limits: { 'plain/small': { concurrency: 1 } },
          cache: true,
          prices: { 'own/small': { input: 10, output: 20 } },
        }),
        'judged.eval.ts': `
          import { foreach } from 'vitest-assay'
          foreach(['a', 'b', 'c'], { models: ['judged/small'] })('judges', async (word, { model, providers }) => {
            const { model: judge } = await providers.setup('judged/judge')
            const stream = model.stream(word)
            const verdicts = []
            for await (const { text } of stream) verdicts.push((await judge.generate(text)).text)
            return verdicts.join('') === word.toUpperCase()
          })
        `,
        'own.eval.ts': `
          import { test as base } from 'vitest'
          import { foreachOf, modelFixture, openaiCompatible } from 'vitest-assay'
          const own = openaiCompatible({ name: 'own', baseURL: process.env.OWN_API_BASE })
          const foreach = foreachOf(base.extend('model', modelFixture(own, 'small')))
          const rows = Array.from({ length: 12 }, (_, i) => ({ id: 'r' + i, word: 'word ' + (i % 6) }))
          foreach(rows)('shouts by itself', async ({ word }, { model }) => (await model.generate(word)).text === word.toUpperCase())
        `,
        'plain.eval.ts': evalOver(6).replace(
          `'acme/small'`,
          `{ spec: 'plain/small', options: { id: 'vendor-small-2026' } }`,
        ),
        'wide.eval.ts': evalOver(60).replace('acme/small', 'wide/small'),
      },
      async () => ({ env: await servers.env() }),
    )

    test('a judge on the same provider with a limit of 1 does not wait for itself, streaming or not', () => {
      expect(run.exitCode, run.output).toBe(0)
      const { server, most } = servers.of('judged')
      expect(server.requests).toHaveLength(6)
      expect(most()).toBe(1)
    })

    test('hold for a provider of one’s own, as do the cache and the prices of the run', async () => {
      expect(run.exitCode, run.output).toBe(0)
      const { server, most } = servers.of('own')
      expect({ requests: server.requests.length, most: most() }).toEqual({ requests: 6, most: 2 })
      expect((await run.evalOf('shouts by itself')).costUsd).toBeCloseTo(6 * 0.0002, 12)
    })

    test('of a model go by its spec, whatever its server calls it', () => {
      const { server, most } = servers.of('plain')
      expect(server.requests.map(({ json }) => json['model'])).toEqual(
        Array(6).fill('vendor-small-2026'),
      )
      expect(most()).toBe(1)
    })

    test('an eval has as many lanes as its provider has permits', () => {
      const { most } = servers.of('wide')
      expect(most()).toBeGreaterThan(10)
      expect(most()).toBeLessThanOrEqual(25)
    })
  })

  describe('of which there is one number', () => {
    const servers = countingServers({
      narrow: undefined,
      keyed: ({ headers }) =>
        headers.authorization === 'Bearer sk-dead-0123456789'
          ? {
              status: 401,
              body: { error: { message: 'Incorrect API key', code: 'invalid_api_key' } },
            }
          : undefined,
    })
    const run = sharedRun(
      {
        'vitest.config.ts': config({ concurrency: 3 }),
        'narrow.eval.ts': evalOver(60).replace('acme/small', 'narrow/small'),
        'keyed.eval.ts': evalOver(30).replace('acme/small', 'keyed/small'),
      },
      async () => ({
        env: {
          ...(await servers.env()),
          KEYED_API_KEY: 'sk-acme-0123456789',
          KEYED_API_KEY_1: 'sk-dead-0123456789',
          KEYED_API_KEY_2: 'sk-third-0123456789',
        },
      }),
    )

    test('an eval has as many lanes as its provider has permits, and a number is for both', () => {
      expect(run.exitCode, run.output).toBe(0)
      expect(servers.of('narrow').most()).toBe(3)
    })

    describe('keys', () => {
      test('several of the environment share the work; one that is refused costs one request', () => {
        expect(run.exitCode, run.output).toBe(0)
        const { requests } = servers.of('keyed').server
        const count = (key: string) =>
          requests.filter(({ headers }) => headers.authorization === `Bearer ${key}`).length
        expect(count('sk-dead-0123456789')).toBe(1)
        expect(count('sk-acme-0123456789')).toBeGreaterThan(10)
        expect(count('sk-third-0123456789')).toBeGreaterThan(10)
      })
    })
  })
})

describe('a budget', () => {
  test('of tokens stops new rows, skips the others in the journal, and fails the run', async () => {
    const { server } = await countingServer()
    const project = await projectOf({
      'vitest.config.ts': config({ budget: { tokens: 100 }, concurrency: { default: 2 } }),
      'a.eval.ts': evalOver(40, ', concurrency: 2'),
    })
    const { exitCode, output } = await project.vitest({ env: envOf(server) })
    expect(exitCode).toBe(1)
    expect(output).toContain('the budget of 100 tokens is spent')
    const paid = server.requests.length
    expect(paid).toBeGreaterThanOrEqual(7)
    expect(paid).toBeLessThanOrEqual(12) // what was in flight, and what began before the word was there
    const rows = await project.rows()
    expect(rows).toHaveLength(40)
    const skipped = rows.filter(({ skippedBy }) => skippedBy === 'budget')
    expect(skipped).toHaveLength(40 - paid)
    expect(skipped.at(-1)).toMatchObject({
      rowId: 'r39',
      row: { word: 'word 39' },
      outcome: 'skipped',
      reason: 'the budget of 100 tokens is spent',
      calls: [],
    })
    const summary = await project.evalOf('shouts [acme/small]')
    expect(summary).toMatchObject({
      complete: false,
      gate: null,
      outcomes: { scored: paid, skipped: 40 - paid },
      failure: `the budget of 100 tokens is spent: ${40 - paid} rows were skipped; raise it, or ask fewer rows`,
    })
  })

  test('counts calls beside the rows too, and says where it cannot count', async () => {
    const { server } = await countingServer(({ json }) =>
      json['model'] === 'silent'
        ? { body: { choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }] } }
        : undefined,
    )
    const project = await projectOf({
      'vitest.config.ts': config({ budget: { tokens: 100 } }),
      'a.eval.ts': `
        import { foreach } from 'vitest-assay'
        foreach(['a', 'b', 'c'], { models: ['acme/silent'] })('uncounted', async (word, { model }) =>
          (await model.generate(word)).text === 'x')
        const warmed = foreach.extend('warm', async ({ model }) => {
          for (let i = 0; i < 8; i++) await model.generate('warm ' + i)
          return true
        })
        const rows = Array.from({ length: 5 }, (_, i) => ({ word: 'word ' + i }))
        warmed(rows, { models: ['acme/small'] })('after a warm-up', async ({ word }, { model, warm }) =>
          warm && (await model.generate(word)).text.length > 0)
      `,
    })
    const { exitCode, output } = await project.vitest({ env: envOf(server) })
    expect(exitCode).toBe(1)
    const asked = (name: string) => server.requests.filter(({ json }) => json['model'] === name)
    expect(asked('small')).toHaveLength(8)
    expect(
      (await project.rows('after a warm-up [acme/small]')).map(({ skippedBy }) => skippedBy),
    ).toEqual(Array(5).fill('budget'))
    expect(asked('silent')).toHaveLength(3)
    expect(output).toContain(
      'The budget of 100 tokens does not hold for acme/silent: its server reports no usage.',
    )
  })

  test('of dollars counts the prices that are given, and says for which models it cannot', async () => {
    const { server } = await countingServer()
    const project = await projectOf({
      'vitest.config.ts': config({
        budget: { usd: 0.001 },
        prices: { 'acme/small': { input: 10, output: 20 } }, // 0.0002 a call
        concurrency: { default: 1 },
      }),
      'a.eval.ts': `
        ${evalOver(3, ', concurrency: 1').replace('acme/small', 'acme/unknown')}
        foreach(Array.from({ length: 20 }, (_, i) => 'word ' + i), { models: ['acme/small'], concurrency: 1 })(
          'priced', async (word, { model }) => (await model.generate(word)).text === word.toUpperCase())
      `,
    })
    const { exitCode, output } = await project.vitest({ env: envOf(server) })
    expect(output).toContain(
      'The budget of $0.001 does not hold for acme/unknown: its price is unknown.',
    )
    expect(await project.evalOf('shouts [acme/unknown]')).toMatchObject({
      costUsd: null,
      knownCostUsd: 0,
    })
    expect(exitCode).toBe(1)
    const paid = server.requests.filter(({ json }) => json['model'] === 'small').length
    expect(paid).toBeGreaterThanOrEqual(5)
    expect(paid).toBeLessThanOrEqual(8)
    const [first] = await project.rows('priced [acme/small]')
    expect(first!.costUsd).toBeCloseTo(0.0002, 12)
    expect(output).toMatch(/\$0\.00\d+/)
  })
})

describe('the cache', () => {
  test('answers the next run, marks it, leaves it out of latency, and can be refreshed for one run', async () => {
    const { server } = await countingServer()
    const project = await projectOf({
      'vitest.config.ts': config({ cache: { store: 'sqlite', ttl: '1h', maxEntries: 10_000 } }),
      'a.eval.ts': evalOver(5, ', trials: 2'),
    })
    const run = (...words: string[]) =>
      project.vitest({ args: ['--project', 'evals', ...words], env: envOf(server) })
    await run()
    expect(server.requests).toHaveLength(10) // the trial is in the key
    expect((await project.rows()).flatMap(({ calls }) => calls.map((call) => call.cached))).toEqual(
      Array(10).fill(false),
    )
    await run()
    expect(server.requests).toHaveLength(10)
    const rows = await project.rows()
    expect(rows.every(({ calls, latencyMs }) => calls[0]!.cached && latencyMs === 0)).toBe(true)
    const { roles, latencyMs, costUsd, scores } = await project.evalOf('shouts [acme/small]')
    expect(roles.model).toMatchObject({ calls: 10, cached: 10 })
    expect({ latencyMs, costUsd }).toEqual({ latencyMs: { p50: null, p95: null }, costUsd: 0 })
    expect(scores['score']).toMatchObject({ mean: 1 })
    await run('--', '--cache', 'refresh')
    expect(server.requests).toHaveLength(20)
    await run('--', '--cache', 'off')
    expect(server.requests).toHaveLength(30)
  })

  test('can be asked for in one run, and by one model', async () => {
    const { server } = await countingServer()
    const project = await projectOf({
      'vitest.config.ts': config({}),
      'a.eval.ts': evalOver(3),
      'b.eval.ts': evalOver(3).replace(
        `'acme/small'`,
        `{ spec: 'acme/uncached', options: { cache: 'off' } }`,
      ),
    })
    const run = async (...words: string[]) => {
      const before = server.requests.length
      await project.vitest({ args: ['--project', 'evals', ...words], env: envOf(server) })
      const models = server.requests.slice(before).map(({ json }) => json['model'])
      const count = (name: string) => models.filter((model) => model === name).length
      return { small: count('small'), uncached: count('uncached') }
    }
    expect(await run('--', '--cache', 'write')).toEqual({ small: 3, uncached: 3 })
    expect(await run('--', '--cache', 'read')).toEqual({ small: 0, uncached: 3 })
    expect(await run()).toEqual({ small: 3, uncached: 3 })
  })
})

describe('keys', () => {
  test('what a run learned of them is known to the next one only where that is asked for', async () => {
    const limited = 'Bearer sk-acme-0123456789'
    const { server } = await countingServer(({ headers }) =>
      headers.authorization === limited
        ? { status: 429, headers: { 'retry-after': '3600' }, body: { error: { message: 'later' } } }
        : undefined,
    )
    const env = envOf(server, { ACME_API_KEY_1: 'sk-second-0123456789' })
    const requestsWithLimitedKey = async (project: Project) => {
      const before = server.requests.length
      const { exitCode, output } = await project.vitest({ env })
      expect(exitCode, output).toBe(0)
      return server.requests
        .slice(before)
        .filter(({ headers }) => headers.authorization === limited).length
    }
    const files = (options: object) => ({
      'vitest.config.ts': config(options),
      'a.eval.ts': evalOver(4, ', concurrency: 1'),
    })
    const project = await projectOf(files({}))
    expect(await requestsWithLimitedKey(project)).toBe(1)
    await project.write(files({ rememberKeys: true }))
    expect(await requestsWithLimitedKey(project)).toBe(1) // the run before has left nothing
    expect(await requestsWithLimitedKey(project)).toBe(0)
    const kept = await project.read('.assay/keys.json')
    expect(kept).not.toContain('sk-')
    expect((await stat(join(project.folder, '.assay/keys.json'))).mode & 0o777).toBe(0o600)
  })

  test('and other secrets are in no file and no line, wherever the server puts them', async () => {
    const secrets = [
      'sk-acme-0123456789',
      'sk-second-0123456789',
      'hd-secret-0123456789',
      'qu-secret-0123456789',
      'od-secret-0123456789', // in a header and a query that do not tell
      'pa-secret-0123456789', // in the path
      'bo-secret-0123456789', // in the body
    ]
    let count = 0
    const { server } = await countingServer(({ headers, url }) => {
      const echo = JSON.stringify({ headers, url, keys: secrets })
      const kind = count++ % 5
      if (kind === 0) return { status: 400, body: { error: { message: echo } } }
      if (kind === 1) return { status: 401, body: echo }
      if (kind === 2)
        return { status: 500, headers: { 'x-echo': secrets[0]! }, body: `<h1>${echo}</h1>` }
      if (kind === 3) return { body: { error: { message: echo, code: secrets[1] } } }
      return undefined
    })
    const project = await projectOf({
      'vitest.config.ts': config({
        cache: true,
        rememberKeys: true,
        requests: { default: { attempts: 2 } },
      }),
      'a.eval.ts': `
        import { foreach } from 'vitest-assay'
        const rows = Array.from({ length: 20 }, (_, i) => ({ word: 'word ' + i }))
        const options = {
          headers: { 'x-api-token': process.env.IN_HEADER, 'x-customer': process.env.IN_ODD_HEADER },
          body: { api_key: process.env.IN_BODY },
        }
        foreach(rows, { models: [{ spec: 'acme/small', options }], maxErrorRate: 0.1 })('leaks', async ({ word }, { model }) =>
          (await model.generate(word)).text === word)
        foreach(rows, { models: [{ spec: 'acme/small', options: { ...options, apiKeys: [process.env.ACME_API_KEY_1] }, name: 'own' }] })('leaks too', async ({ word }, { model }) => {
          const { response } = model.stream(word)
          return (await response).text === word
        })
      `,
    })
    const env = envOf(server, {
      ACME_API_BASE: `${server.url}/pa-secret-0123456789/v1?key=qu-secret-0123456789&code=od-secret-0123456789`,
      ACME_API_KEY_1: 'sk-second-0123456789',
      // not in the file, of which Vitest prints the lines around a failure
      IN_HEADER: 'hd-secret-0123456789',
      IN_ODD_HEADER: 'od-secret-0123456789',
      IN_BODY: 'bo-secret-0123456789',
      DEBUG: '*',
    })
    const { output } = await project.vitest({ env })
    expect(output).toContain('***')
    const files = await filesUnder(join(project.folder, '.assay'))
    expect(files.length).toBeGreaterThan(4)
    for (const secret of secrets) {
      expect(output.includes(secret), `the output has ${secret}`).toBe(false)
      for (const { name, text } of files) {
        expect(text.includes(secret), `${name} has ${secret}`).toBe(false)
      }
    }
  })
})

describe('without Vitest', () => {
  test('createProviders has the same keys, limits and cache', async () => {
    const { server, most } = await countingServer()
    const notices: string[] = []
    const project = await projectOf({})
    const providers = createProviders({
      keys: { opencode: ['sk-one-0123456789', 'sk-two-0123456789'] },
      concurrency: { opencode: 2 },
      cache: { store: 'memory' },
      env: { OPENCODE_API_BASE: `${server.url}/v1` },
      baseDir: project.folder,
      notice: (line) => notices.push(line),
    })
    const { model } = await providers.setup('opencode/small')
    const words = Array.from({ length: 8 }, (_, i) => `word ${i}`)
    const results = await model.batch([...words, ...words])
    expect(results.map(({ status }) => status)).toEqual(Array(16).fill('fulfilled'))
    expect(server.requests).toHaveLength(8)
    expect(most()).toBe(2)
    const used = new Set(server.requests.map(({ headers }) => headers.authorization))
    expect([...used].toSorted((a, b) => (a! < b! ? -1 : 1))).toEqual([
      'Bearer sk-one-0123456789',
      'Bearer sk-two-0123456789',
    ])
    expect(notices).toEqual(['Using provider-specific concurrency: 2 for opencode'])
    await providers.teardownAll()
  })

  test.each(['openai', 'anthropic'])(
    'a stream of %s that was read is kept, and frees its permit',
    async (name) => {
      await using server = await startChaosServer({ eventInterval: 5 })
      const project = await projectOf({})
      const providers = createProviders({
        keys: { [name]: ['sk-one-0123456789', 'sk-two-0123456789'] },
        concurrency: 1,
        cache: { store: 'memory' },
        env: { OPENAI_API_BASE: `${server.url}/v1`, ANTHROPIC_API_BASE: server.url },
        baseDir: project.folder,
      })
      const { model } = await providers.setup(`${name}/small`)
      const read = async (prompt: string) => {
        const stream = model.stream(prompt)
        for await (const chunk of stream) expect(chunk.text).not.toBe('')
        return stream.response
      }
      const first = await read('the same')
      const second = await read('the same')
      expect([first.cached, second.cached]).toEqual([false, true])
      expect(second.text).toBe(first.text)
      await Promise.all(Array.from({ length: 6 }, (_, i) => read(`another ${i}`)))
      expect(server.report()).toMatchObject({ requests: 7, delivered: 7, maxInFlight: 1 })
      await providers.teardownAll()
    },
  )

  test('a wrong option is one clear error', () => {
    const wrong = { concurrency: { acme: 0 }, cache: { ttl: 'soon' } }
    expect(() => createProviders(wrong)).toThrow(
      /^createProviders\(\): .*`concurrency\.acme`.*ttl/s,
    )
    expect(() => createProviders({ retries: 3 } as object)).toThrow(/retries/)
    expect(() => createProviders({ keys: { acme: 'sk-1' } } as object)).toThrow(
      'expected a list of keys',
    )
    expect(() => createProviders({ concurrency: { 'acme/small': 1 } })).toThrow(
      "for one model: limits: { 'provider/model': { concurrency } }",
    )
  })
})

async function filesUnder(folder: string): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name, parentPath }) => ({
        name,
        text: await readFile(join(parentPath, name), 'latin1'),
      })),
  )
}
