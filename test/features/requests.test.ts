import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import openai from '../../providers/openai.ts'
import { createDesk } from '../../src/broker/desk.ts'
import { createSeam } from '../../src/request/seam.ts'
import { VirtualClock } from '../broker/desk/virtual-clock.ts'
import completion from '../responses/openai/completion.json' with { type: 'json' }
import rateLimit from '../responses/openai/rate-limit.json' with { type: 'json' }
import streamed from '../responses/openai/stream.json' with { type: 'json' }
import wrongKey from '../responses/openai/wrong-key.json' with { type: 'json' }
import { failureOf } from '../support/failure.ts'
import { type Handler, serve } from '../support/http-server.ts'
import { createProject } from '../support/project.ts'
import { serveModel } from '../support/served-model.ts'

const run = promisify(execFile)
const answer = { body: completion.body }

const served = (handler: Handler, more: object = {}) =>
  serveModel(openai, {
    model: 'gpt-5-mini',
    handler,
    env: (url) => ({ OPENAI_API_BASE: `${url}/v1`, OPENAI_API_KEY: 'sk-invented' }),
    ...more,
  })

describe('times', () => {
  /** Time that passes where the server says so. */
  function clock() {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    return (ms: number) => vi.advanceTimersByTime(ms)
  }

  test('D-18: latency is that of the attempt that answered, in milliseconds; what went before it is waiting', async () => {
    const pass = clock()
    let count = 0
    await using at = await served(() => {
      pass(++count === 1 ? 50 : 30)
      return count === 1 ? { status: 500, body: { error: { message: 'not now' } } } : answer
    })
    const began = performance.now()
    const response = await at.model.generate('Hi')
    expect(response).toMatchObject({ attempts: 2, latencyMs: 30, waitedMs: 50, firstTokenMs: null })
    expect(performance.now() - began).toBe(response.latencyMs + response.waitedMs)
  })

  test('D-18: of a stream the first text has a time of its own', async () => {
    const pass = clock()
    const read = Promise.withResolvers<void>()
    await using at = await served(async (_request, response) => {
      pass(20)
      const events = streamed.events.map((event) => `data: ${JSON.stringify(event)}\n\n`)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(events.slice(0, 3).join(''))
      await read.promise
      pass(40)
      response.end(`${events.slice(3).join('')}data: [DONE]\n\n`)
    })
    const stream = at.model.stream('Hi')
    for await (const { text } of stream) if (text !== '') read.resolve()
    expect(await stream.response).toMatchObject({ firstTokenMs: 20, latencyMs: 60 })
  })
})

describe.for([
  ['Node’s own fetch', {}],
  ['a time limit above that of Node’s fetch', { timeout: 400_000 }],
])('connections with %s', ([, settings]) => {
  test('D-20: twenty calls one after the other need two of them at most', async () => {
    const sockets = new Set<unknown>()
    await using at = await served(
      (_request, response) => {
        sockets.add(response.socket)
        return answer
      },
      { options: () => settings },
    )
    for (let i = 0; i < 20; i++) await at.model.generate(`Hi ${i}`)
    expect(at.server.requests).toHaveLength(20)
    expect(sockets.size).toBeLessThanOrEqual(2)
  })

  test('D-20: a script that has torn its models down ends by itself, though the server keeps connections open', async () => {
    await using server = await keepingServer()
    await using project = await createProject({
      'ask.mjs': `
        import { createProviders } from 'vitest-assay'
        const providers = createProviders()
        const { model } = await providers.setup('openai/gpt-5-mini', ${JSON.stringify(settings)})
        for (let i = 0; i < 3; i++) console.log((await model.generate('Hi ' + i)).finishReason)
        await providers.teardownAll()
      `,
    })
    const { stdout } = await run(process.execPath, [join(project.folder, 'ask.mjs')], {
      env: { ...process.env, OPENAI_API_BASE: `${server.url}/v1`, OPENAI_API_KEY: 'sk-invented' },
    })
    expect(stdout).toBe('stop\nstop\nstop\n')
  })
})

/** Leaves connections open for ten minutes, and tells clients so. */
async function keepingServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(completion.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections()
    },
  }
}

describe('what OpenAI is sent', () => {
  test('H-09: is the model and the messages, and nothing that was not set', async () => {
    await using at = await served(() => answer)
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json).toEqual({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hi' }],
    })
  })

  test('H-09: a temperature of 0 and a limit of tokens are there when they are given', async () => {
    await using at = await served(() => answer, {
      options: () => ({ temperature: 0, maxTokens: 1000 }),
    })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.json).toEqual({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hi' }],
      temperature: 0,
      max_completion_tokens: 1000,
    })
  })

  test('H-09: with two requests a minute the third waits for the next one', async () => {
    const clock = new VirtualClock()
    const desk = createDesk({ now: clock.now, setTimer: clock.setTimer })
    const times: number[] = []
    await using at = await served(
      () => {
        times.push(clock.time)
        return answer
      },
      { options: () => ({ limits: { rpm: 2 } }), seam: createSeam({ desk }) },
    )
    const calls = ['one', 'two', 'three'].map((word) => at.model.generate(word))
    await Promise.race(calls)
    await vi.waitFor(() => expect(at.server.requests).toHaveLength(2))
    await clock.pass(59_999)
    await turn()
    expect(at.server.requests).toHaveLength(2)
    await clock.pass(1)
    await Promise.all(calls)
    expect(times).toEqual([0, 0, 60_000])
  })
})

describe('keys given in code', () => {
  const keys = ['sk-one-invented', 'sk-two-invented', 'sk-three-invented']

  async function opencode(handler: Handler, options: object = {}) {
    const server = await serve(handler)
    const providers = createProviders({
      keys: { opencode: keys },
      env: { OPENCODE_API_BASE: `${server.url}/v1` },
      ...options,
    })
    onTestFinished(async () => {
      await providers.teardownAll()
      await server[Symbol.asyncDispose]()
    })
    return { server, model: (await providers.setup('opencode/big-pickle')).model }
  }

  test('R-16: createProviders({ keys }) rotates them, and has the options of a rotating client by their own names', async () => {
    const limited = `Bearer ${keys[0]}`
    const { server, model } = await opencode(
      ({ headers }) =>
        headers.authorization === limited
          ? { status: 429, headers: { 'retry-after': '3600' }, body: rateLimit.body }
          : answer,
      { keyStrategy: 'round-robin', requests: { opencode: { attempts: 2, deadline: 30_000 } } },
    )
    for (let i = 0; i < 5; i++) await model.generate(`Hi ${i}`)
    const count = (key: string) =>
      server.requests.filter(({ headers }) => headers.authorization === `Bearer ${key}`).length
    expect(keys.map((key) => count(key))).toEqual([1, 3, 2])
  })

  test.for(['max_retries', 'global_timeout', 'usage_file_path', 'keyStrategi'])(
    'R-16: %s is no option, and an error',
    (option) => {
      const message = expect.stringContaining(`\`${option}\``) as string
      expect(() => createProviders({ keys: { opencode: keys }, [option]: 2 })).toThrow(
        expect.objectContaining({ kind: 'config', message }),
      )
    },
  )

  test('R-17: when all of them are refused the call rejects, having tried each once', async () => {
    const { server, model } = await opencode(() => ({ status: 401, body: wrongKey.body }))
    const error = await failureOf(model.generate('Hi'), ...keys)
    expect(error).toMatchObject({ kind: 'auth', status: 401, attempts: 3, provider: 'opencode' })
    const used = server.requests.map(({ headers }) => headers.authorization)
    expect(used).toHaveLength(3)
    expect(new Set(used)).toEqual(new Set(keys.map((key) => `Bearer ${key}`)))
  })
})
