import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Readiness } from '../../src/model/lease.ts'
import { Secret } from '../../src/model/secret.ts'
import { isNotReady, type ReadyOptions, untilReady } from '../../src/server/ready.ts'
import { type Handler, type Reply, serve } from '../support/http-server.ts'
import { describeLlama, llamaServer, tinyModel } from '../support/llama-server.ts'
import { freePort } from './free-port.ts'

const KEY = 'invented-0123456789'
const NONCE = 'a1b2c3d4e5f6'
const readiness: Readiness = {
  health: '/health',
  models: '/v1/models',
  token: { path: '/v1/completions', body: { model: 'some-model', prompt: 'Hi', max_tokens: 1 } },
  slots: '/props',
}

/** The same answers each time, but for those that are given one after the other. */
function answers(own: Readonly<Record<string, Reply | readonly Reply[] | Handler>> = {}): Handler {
  const all: Record<string, Reply | readonly Reply[] | Handler> = {
    '/health': { body: { status: 'ok' } },
    '/v1/models': { body: { data: [{ id: 'some-model', aliases: [`some-model#${NONCE}`] }] } },
    '/v1/completions': { body: { choices: [{ text: 'H' }] } },
    '/props': { body: { total_slots: 3 } },
    ...own,
  }
  const asked: Record<string, number> = {}
  return (request, response) => {
    const answer = all[request.url]!
    if (typeof answer === 'function') return answer(request, response)
    if (!Array.isArray(answer)) return answer as Reply
    const count = (asked[request.url] = (asked[request.url] ?? 0) + 1)
    return (answer as readonly Reply[])[Math.min(count, answer.length) - 1]
  }
}

function wait(url: string, own: Partial<ReadyOptions> = {}): Promise<{ slots: number | null }> {
  return untilReady({
    url,
    ready: readiness,
    nonce: NONCE,
    key: new Secret(KEY),
    ended: new Promise(() => {}),
    owns: () => Promise.reject(new Error('there is a nonce, so nobody asks')),
    timeoutMs: 30_000,
    ...own,
  })
}

async function reasonOf(waiting: Promise<unknown>): Promise<unknown> {
  const reason = await waiting.then(
    () => expect.fail('it was ready'),
    (error: unknown) => error,
  )
  expect(isNotReady(reason), inspect(reason)).toBe(true)
  expect(inspect(reason)).not.toContain(KEY)
  return reason
}

const loading = { status: 503, body: { error: { message: 'Loading model', code: 503 } } }

test('a server is ready when it is healthy, is ours and made a token; it says how many slots it has', async () => {
  await using server = await serve(answers())
  expect(await wait(server.url)).toEqual({ slots: 3 })
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /health',
    'GET /v1/models',
    'POST /v1/completions',
    'GET /props',
  ])
  expect(server.requests[2]!.json).toEqual(readiness.token!.body)
  for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${KEY}`)
})

test('without a key none is sent, and what a provider does not name is not asked', async () => {
  await using server = await serve(answers())
  const ready = { ...readiness, token: null, slots: null }
  expect(await wait(server.url, { ready, key: null })).toEqual({ slots: null })
  expect(server.requests.map(({ url }) => url)).toEqual(['/health', '/v1/models'])
  expect(server.requests[0]!.headers).not.toHaveProperty('authorization')
})

test.for([[{ status: 404 }], [{ body: { total_slots: '3' } }], [{ body: 'null' }]] as const)(
  'slots that are not told are not known: %j',
  async ([props]) => {
    await using server = await serve(answers({ '/props': props }))
    expect(await wait(server.url)).toEqual({ slots: null })
  },
)

test('the nonce counts as an id and as an alias', async () => {
  const body = { data: [{ id: 'other' }, { id: NONCE }] }
  await using server = await serve(answers({ '/v1/models': { body } }))
  await wait(server.url)
})

test('a server that loads, also behind its health, is waited for', async () => {
  await using server = await serve(
    answers({
      '/health': [loading, loading, { status: 200 }],
      '/v1/models': [loading, { body: { data: [{ id: NONCE }] } }],
      '/v1/completions': [loading, { body: { choices: [] } }],
    }),
  )
  await wait(server.url)
  const tokens = server.requests.filter(({ url }) => url === '/v1/completions')
  expect(tokens).toHaveLength(2)
})

test('a server that does not listen yet is waited for', async () => {
  const port = await freePort()
  const waiting = wait(`http://127.0.0.1:${port}`, { nonce: null, owns: async () => true })
  const reason = await reasonOf(wait(`http://127.0.0.1:${port}`, { timeoutMs: 50 }))
  expect(reason).toEqual({ type: 'timeout', timeoutMs: 50, seen: 'ECONNREFUSED' })
  const program = `require('node:http').createServer((_, response) => response.end('{}')).listen(${port}, '127.0.0.1')`
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  expect(await waiting).toEqual({ slots: null })
})

test('an answer that never comes does not keep the next question from being asked', async () => {
  let asked = 0
  const health: Handler = () => (++asked === 1 ? undefined : { status: 200 })
  await using server = await serve(answers({ '/health': health }))
  await wait(server.url)
  expect(asked).toBe(2)
})

test('a port that takes connections and says nothing is no server that is ready', async () => {
  await using server = await serve(answers({ '/health': () => {} }))
  expect(await reasonOf(wait(server.url, { timeoutMs: 2500 }))).toMatchObject({
    type: 'timeout',
    seen: 'no answer in time',
  })
})

test('E-07: the time is up also while an answer is awaited', async () => {
  await using server = await serve(answers({ '/v1/completions': () => {} }))
  expect(await reasonOf(wait(server.url, { timeoutMs: 200 }))).toEqual({
    type: 'timeout',
    timeoutMs: 200,
    seen: 'POST /v1/completions had no answer yet',
  })
})

test('what was last seen when the time was up is told', async () => {
  await using server = await serve(answers({ '/health': loading }))
  expect(await reasonOf(wait(server.url, { timeoutMs: 100 }))).toMatchObject({
    type: 'timeout',
    seen: 'HTTP 503: Loading model',
  })
})

test.for([
  ['before it listens', undefined],
  ['while a token is made', '/v1/completions'],
  ['while health is asked', '/health'],
] as const)('the end of the process ends the wait at once: %s', async ([, hanging]) => {
  const ended = Promise.withResolvers<void>()
  const hang: Handler = () => ended.resolve()
  await using server = await serve(answers(hanging && { [hanging]: hang }))
  if (!hanging) ended.resolve()
  const url = hanging ? server.url : `http://127.0.0.1:${await freePort()}`
  expect(await reasonOf(wait(url, { ended: ended.promise }))).toEqual({ type: 'ended' })
})

test('another server in its place is a stranger, and its models are named', async () => {
  const body = { data: [{ id: 'llama', aliases: ['x'] }, { id: 'gemma' }, 7, null] }
  await using server = await serve(answers({ '/v1/models': { body } }))
  expect(await reasonOf(wait(server.url))).toEqual({ type: 'stranger', listed: ['llama', 'gemma'] })
  expect(server.requests.map(({ url }) => url)).not.toContain('/v1/completions')
})

test.for([[{}], [[]], ['null'], ['7'], [{ data: 'x' }]])(
  'a list of no models is a stranger: %j',
  async ([body]) => {
    await using server = await serve(answers({ '/v1/models': { body } }))
    expect(await reasonOf(wait(server.url))).toEqual({ type: 'stranger', listed: [] })
  },
)

describe('where the command line has no nonce', () => {
  test.for([[true], [null]] as const)(
    'it is ours when its process listens, or that is not known: %s',
    async ([is]) => {
      await using server = await serve(answers())
      expect(await wait(server.url, { nonce: null, owns: async () => is })).toEqual({ slots: 3 })
      expect(server.requests.map(({ url }) => url)).not.toContain('/v1/models')
    },
  )

  test('it is a stranger when another process listens', async () => {
    await using server = await serve(answers())
    const waiting = wait(server.url, { nonce: null, owns: async () => false })
    expect(await reasonOf(waiting)).toEqual({ type: 'stranger', listed: [] })
  })
})

test.for([
  [{ status: 500, body: { error: { message: 'EngineDeadError' } } }, 500, 'EngineDeadError'],
  [{ status: 400, body: { detail: 'No chat template.' } }, 400, 'No chat template.'],
  [{ status: 404, body: '<h1>Not\n found</h1>' }, 404, '<h1>Not found</h1>'],
  [{ status: 200, body: { error: 'It is broken.' } }, 200, 'It is broken.'],
  [{ status: 200, body: { object: 'error', message: 'Bad.' } }, 200, 'Bad.'],
  [{ status: 200, body: 'Hello' }, 200, 'Hello'],
  [{ status: 302, headers: { location: '/elsewhere' } }, 302, ''],
] as const)('a token that is refused is no reason to wait: %j', async ([reply, status, said]) => {
  await using server = await serve(answers({ '/v1/completions': reply }))
  expect(await reasonOf(wait(server.url))).toEqual({
    type: 'refused',
    request: 'POST /v1/completions',
    status,
    said,
  })
})

test('a list that is refused is no reason to wait either', async () => {
  const reply = { status: 401, body: { error: { message: 'Invalid API Key' } } }
  await using server = await serve(answers({ '/v1/models': reply }))
  expect(await reasonOf(wait(server.url))).toEqual({
    type: 'refused',
    request: 'GET /v1/models',
    status: 401,
    said: 'Invalid API Key',
  })
})

test('an error of who asks is not taken for a reason', async () => {
  await using server = await serve(answers())
  const broken = () => Promise.reject(new TypeError('broken'))
  await expect(wait(server.url, { nonce: null, owns: broken })).rejects.toThrow(TypeError)
})

describeLlama('a real llama-server', () => {
  async function start(port: number, ...args: string[]): Promise<ChildProcess> {
    const all = ['-m', tinyModel, '--host', '127.0.0.1', '--port', String(port), ...args]
    const env = { ...process.env, LLAMA_API_KEY: KEY }
    const child = spawn(llamaServer!, all, { stdio: 'ignore', env })
    onTestFinished(async () => {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    })
    return child
  }

  test('is ready once it has made a token, and has the slots that it was told', async () => {
    const port = await freePort()
    const child = await start(port, '--alias', `tiny,tiny#${NONCE}`, '-np', '2')
    const ended = once(child, 'exit')
    const url = `http://127.0.0.1:${port}`
    expect(await wait(url, { ended })).toEqual({ slots: 2 })
    expect(await reasonOf(wait(url, { ended, nonce: 'another' }))).toEqual({
      type: 'stranger',
      listed: ['tiny'],
    })
    expect(await reasonOf(wait(url, { ended, key: new Secret('wrong') }))).toMatchObject({
      type: 'refused',
      status: 401,
    })
  })

  test('that cannot start has ended', async () => {
    const port = await freePort()
    const child = await start(port, '--no-such-flag')
    const ended = once(child, 'exit')
    expect(await reasonOf(wait(`http://127.0.0.1:${port}`, { ended }))).toEqual({ type: 'ended' })
  })
})
