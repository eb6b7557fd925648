import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import llamaServer from '../../../../providers/llama-server.ts'
import vllm from '../../../../providers/vllm.ts'
import type { Endpoint } from '../../../../src/request/endpoint.ts'
import type { Seam } from '../../../../src/request/seam.ts'
import { type HttpServer, serve } from '../../../support/http-server.ts'
import { boundTo, LEASE_KEY, recordLeases, type Surroundings } from './recorded.ts'

async function running(): Promise<HttpServer> {
  const server = await serve(() => ({
    body: { choices: [{ message: { content: 'Paris' }, finish_reason: 'stop' }] },
  }))
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'local-lease-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

test('requests go to the address of the lease with its key, and the lease ends with the model', async () => {
  const server = await running()
  const leases = recordLeases({ address: { url: server.url, start: 1 } })
  const handle = await boundTo(vllm, { leases }).setup('Qwen/Qwen3-4B')
  expect(await handle.model.generate('Hi')).toMatchObject({
    text: 'Paris',
    servedBy: 'Qwen/Qwen3-4B',
    costUsd: 0,
  })
  expect(server.requests).toMatchObject([
    {
      url: '/v1/chat/completions',
      headers: { authorization: `Bearer ${LEASE_KEY}` },
      json: { model: 'Qwen/Qwen3-4B', temperature: 0 },
    },
  ])
  expect(leases.released).toBe(0)
  await handle.teardown()
  expect(leases.released).toBe(1)
})

test('the key of the environment is for a server that is attached to, not for one that is started', async () => {
  const server = await running()
  const leases = recordLeases({ address: { url: server.url, start: 1 } })
  const env = { VLLM_API_KEY: 'of-another-server' }
  await using handle = await boundTo(vllm, { leases, env }).setup('a/b')
  await handle.model.generate('Hi')
  expect(server.requests[0]!.headers.authorization).toBe(`Bearer ${LEASE_KEY}`)
})

interface Sent {
  readonly endpoint: Endpoint
  readonly origin: string
}

/** What a request of each set-up, one after another, would be sent with. */
async function sentBy(
  provider: typeof vllm,
  setups: readonly (readonly [model: string, options?: object])[],
  { slots = null, ...surroundings }: Surroundings & { readonly slots?: number | null } = {},
): Promise<Sent[]> {
  const sent: Sent[] = []
  const seam: Seam = (endpoint) => (url) => {
    sent.push({ endpoint, origin: new URL(url instanceof Request ? url.url : url).origin })
    return Promise.resolve(Response.json({}))
  }
  const bound = boundTo(provider, { leases: recordLeases({ slots }), seam, ...surroundings })
  for (const [model, options] of setups) {
    await using handle = await bound.setup(model, options)
    await expect(handle.model.generate('Hi')).rejects.toMatchObject({ kind: 'parse' })
  }
  return sent
}

test('what is kept of responses is found again for the same server, and for no other', async () => {
  const baseDir = await folder()
  const file = join(baseDir, 'model.gguf')
  await writeFile(file, 'GGUF')
  const originsOf = async (...setups: readonly (readonly [string, object?])[]) =>
    (await sentBy(llamaServer, setups, { baseDir })).map(({ origin }) => origin)
  const same = await originsOf(
    ['model.gguf'],
    ['./model.gguf', { port: 21_600, startTimeout: 1, gpus: [0] }],
    ['model.gguf', { temperature: 1 }],
  )
  expect(new Set(same).size).toBe(1)
  expect(same[0]).toMatch(/^http:\/\/[0-9a-f]{16}\.llama-server$/)
  const others = await originsOf(
    ['model.gguf', { context: 512 }],
    ['model.gguf', { env: { A: 'b' } }],
    ['model.gguf', { command: 'other' }],
  )
  await writeFile(file, 'GGUF with other weights')
  const changed = await originsOf(['model.gguf'])
  expect(new Set([...same, ...others, ...changed]).size).toBe(5)
})

test('weights that were downloaded anew are another server to the cache', async () => {
  const hub = await folder()
  const env = { HF_HUB_CACHE: hub }
  const originOf = async () => (await sentBy(vllm, [['a']], { env }))[0]!.origin
  const before = await originOf()
  await mkdir(join(hub, 'models--a/refs'), { recursive: true })
  await writeFile(join(hub, 'models--a/refs/main'), 'abc')
  const first = await originOf()
  await writeFile(join(hub, 'models--a/refs/main'), 'def')
  expect(new Set([before, first, await originOf()]).size).toBe(3)
})

test('requests in flight are limited to the slots of the server, and not paced', async () => {
  const [slots] = await sentBy(llamaServer, [['a/b']], { slots: 4 })
  expect(slots!.endpoint).toMatchObject({ limits: { concurrency: 4 }, local: true, model: 'a/b' })
  const [own] = await sentBy(llamaServer, [['a/b', { limits: { rpm: 60 } }]], { slots: 4 })
  expect(own!.endpoint.limits).toEqual({ concurrency: 4, rpm: 60 })
  const [adaptive, parallel] = await sentBy(vllm, [['a/b'], ['a/b', { parallel: 8 }]])
  expect(adaptive!.endpoint.limits).toBeUndefined()
  expect(parallel!.endpoint.limits).toEqual({ concurrency: 8 })
})

test('equal names of files in two folders are two models, whose options are looked up in each', async () => {
  const [one, other] = [await folder(), await folder()]
  for (const baseDir of [one, other]) await writeFile(join(baseDir, 'chat.jinja'), 'a template')
  const leases = recordLeases()
  const bound = boundTo(vllm, { leases })
  const options = { chatTemplate: 'chat.jinja' }
  await using first = await bound.setup('a/b', options, { baseDir: one })
  await using second = await bound.setup('a/b', options, { baseDir: other })
  expect(first.resourceId).not.toBe(second.resourceId)
  expect(leases.needs.map(({ args }) => args.find((word) => word.endsWith('.jinja')))).toEqual([
    join(one, 'chat.jinja'),
    join(other, 'chat.jinja'),
  ])
})
