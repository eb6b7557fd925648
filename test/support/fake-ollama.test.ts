import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFakeOllama, type OllamaSetup } from './fake-ollama.ts'
import { isAlive } from './fake-vllm/gpu.ts'
import { serve } from './http-server.ts'
import { startProgram, type StartedProgram } from './start-program.ts'

let folder: string
let bin: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fake-ollama-'))
  ;({ bin } = await createFakeOllama(join(folder, 'bin')))
})
afterAll(() => rm(folder, { recursive: true }))

function start(url: string, setup: OllamaSetup = {}): StartedProgram {
  const env = { OLLAMA_HOST: url.replace('http://', ''), FAKE_OLLAMA: JSON.stringify(setup) }
  return startProgram(bin, ['serve'], env)
}

async function freeUrl(): Promise<string> {
  await using server = await serve(() => {})
  return server.url
}

test('lists what was pulled, loads what is asked for, and ends with its runners', async () => {
  const url = await freeUrl()
  const startsFile = join(folder, 'starts')
  await using ollama = start(url, { models: ['small', 'large:8b'], loadMs: 20, startsFile })
  await ollama.printed('Listening on 127.0.0.1')
  expect(JSON.parse(await readFile(startsFile, 'utf8'))).toMatchObject({ pid: ollama.pid })

  const get = async (path: string) => (await fetch(url + path)).json()
  expect(await get('/api/version')).toEqual({ version: expect.any(String) })
  expect(await get('/api/tags')).toMatchObject({
    models: [{ name: 'small:latest' }, { name: 'large:8b' }],
  })
  expect(await get('/v1/models')).toMatchObject({
    data: [{ id: 'small:latest' }, { id: 'large:8b' }],
  })
  expect(await get('/api/ps')).toEqual({ models: [] })

  const chat = async (body: object) => {
    const init = { method: 'POST', body: JSON.stringify({ messages: [], ...body }) }
    return fetch(`${url}/api/chat`, init)
  }
  expect(await (await chat({ model: 'small', stream: false })).json()).toMatchObject({
    message: { content: 'I am small' },
    done_reason: 'stop',
  })
  const stream = await (await chat({ model: 'small', options: { num_predict: 2 } })).text()
  const lines = stream.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { message: { content: 'I' }, done: false },
    { message: { content: ' am' }, done: false },
    { message: { content: '' }, done: true, done_reason: 'length' },
  ])
  expect(await get('/api/ps')).toMatchObject({ models: [{ name: 'small:latest' }] })
  const unknown = await chat({ model: 'other' })
  expect([unknown.status, await unknown.json()]).toMatchObject([
    404,
    { error: "model 'other' not found" },
  ])

  const runner = Number(/runner pid=(\d+)/.exec(ollama.output())?.[1])
  expect(isAlive(runner)).toBe(true)
  process.kill(ollama.pid, 'SIGTERM')
  expect(await ollama.exited).toEqual({ code: 0, signal: null })
  await expect.poll(() => isAlive(runner), { timeout: 10_000 }).toBe(false)
})

test('a port that is taken ends it with code 1', async () => {
  await using stranger = await serve(() => {})
  await using ollama = start(stranger.url)
  expect(await ollama.exited).toEqual({ code: 1, signal: null })
  await ollama.printed('bind: address already in use')
})
