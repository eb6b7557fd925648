import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import vllm from '../../providers/vllm.ts'
import { createPool } from '../../src/server/pool.ts'
import { createFakeVllm } from '../support/fake-vllm.ts'
import {
  boundTo,
  lineFor as lineOf,
  needFor as needOf,
  recordLeases,
} from './shared/local/recorded.ts'

let baseDir: string

beforeAll(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'vllm-'))
  for (const folder of ['models/qwen', 'adapters/sql']) {
    await mkdir(join(baseDir, folder), { recursive: true })
    await writeFile(join(baseDir, folder, 'model.safetensors'), 'weights')
  }
  await writeFile(join(baseDir, 'chat.jinja'), '{{ messages }}')
})
afterAll(() => rm(baseDir, { recursive: true }))

const shown = (text: string) => text.replaceAll(baseDir, '<folder>')
const lineFor = async (model: string, options: object = {}, env = {}) =>
  shown(await lineOf(vllm, model, options, { baseDir, env }))
const needFor = (model: string, options: object = {}, env = {}) =>
  needOf(vllm, model, options, { baseDir, env })

describe('the command line', () => {
  test('of a model on Hugging Face: the start in a name, the share of the GPU, and no key', async () => {
    expect(await lineFor('Qwen/Qwen3-4B')).toMatchInlineSnapshot(
      `"vllm serve Qwen/Qwen3-4B --host {host} --port {port} --served-model-name Qwen/Qwen3-4B Qwen/Qwen3-4B#{nonce} --gpu-memory-utilization 0.9"`,
    )
  })

  test('O-36: with every option', async () => {
    const line = await lineFor('Qwen/Qwen3-4B', {
      context: 4096,
      parallel: 8,
      quantization: 'fp8',
      tensorParallel: 2,
      gpuMemory: 0.5,
      chatTemplate: 'chat.jinja',
      lora: 'adapters/sql',
      args: ['--seed', 7],
    })
    expect(line).toMatchInlineSnapshot(
      `"vllm serve Qwen/Qwen3-4B --host {host} --port {port} --served-model-name Qwen/Qwen3-4B Qwen/Qwen3-4B#{nonce} --gpu-memory-utilization 0.5 --max-model-len 4096 --max-num-seqs 8 --quantization fp8 --tensor-parallel-size 2 --chat-template <folder>/chat.jinja --enable-lora --lora-modules Qwen/Qwen3-4B+sql=<folder>/adapters/sql --seed 7"`,
    )
  })

  test.for([
    ['models/qwen', {}, 'vllm serve <folder>/models/qwen --host'],
    ['models/qwen', {}, '--served-model-name qwen qwen#{nonce} '],
    ['Qwen/Qwen3-4B', { id: 'mine' }, '--served-model-name mine mine#{nonce} '],
    ['Qwen/Qwen3-4B', { lora: 'org/sql' }, '--lora-modules Qwen/Qwen3-4B+sql=org/sql'],
    ['Qwen/Qwen3-4B', { chatTemplate: '{{ x }}' }, '--chat-template {{ x }}'],
    ['Qwen/Qwen3-4B', { command: './vllm' }, '<folder>/vllm serve'],
  ] as const)('of %s with %j has `%s`', async ([model, options, part]) => {
    expect(await lineFor(model, options)).toContain(part)
  })

  test('runs VLLM_BIN, unless an option says otherwise', async () => {
    const env = { VLLM_BIN: '/opt/vllm' }
    expect((await needFor('a/b', {}, env)).command).toBe('/opt/vllm')
    expect((await needFor('a/b', { command: 'mine' }, env)).command).toBe('mine')
  })
})

test('no variable that would change the server is handed on, and it reports to nobody', async () => {
  expect(await needFor('models/qwen', { gpus: [0, 1], gpuMemory: 0.4 })).toMatchObject({
    env: { VLLM_NO_USAGE_STATS: '1' },
    withoutEnv: ['VLLM_PORT', 'VLLM_DP_', 'VLLM_API_KEY', 'VLLM_HOST_IP'],
    keyVariable: 'VLLM_API_KEY',
    stopAgain: null,
    gpus: ['0', '1'],
    gpuShare: 0.4,
    startTimeout: 600_000,
    downloads: null,
    ready: {
      health: '/health',
      slots: null,
      token: { path: '/v1/chat/completions', body: { model: 'qwen' } },
    },
  })
  const { env } = await needFor('models/qwen', { env: { VLLM_NO_USAGE_STATS: null, A: 'b' } })
  expect(env).toMatchObject({ VLLM_NO_USAGE_STATS: null, A: 'b' })
})

describe('a model of Hugging Face', () => {
  const hub = () => join(baseDir, 'hub')
  const folder = () => join(hub(), 'models--Qwen--Qwen3-4B')

  test.for([
    ['HF_HUB_CACHE', ''],
    ['HF_HOME', 'hub'],
    ['XDG_CACHE_HOME', 'huggingface/hub'],
  ] as const)(
    'is downloaded into the cache of %s, and gets the time for it',
    async ([name, path]) => {
      expect(await needFor('Qwen/Qwen3-4B', {}, { [name]: hub() })).toMatchObject({
        startTimeout: 1_800_000,
        downloads: join(hub(), path, 'models--Qwen--Qwen3-4B'),
      })
    },
  )

  test('that is there is not downloaded, and one of which a part is missing is', async () => {
    const env = { HF_HUB_CACHE: hub() }
    await mkdir(join(folder(), 'refs'), { recursive: true })
    await mkdir(join(folder(), 'blobs'))
    await mkdir(join(folder(), 'snapshots/abc'), { recursive: true })
    await writeFile(join(folder(), 'refs/main'), 'abc')
    expect(await needFor('Qwen/Qwen3-4B', {}, env)).toMatchObject({
      startTimeout: 600_000,
      downloads: null,
    })
    await writeFile(join(folder(), 'blobs/1.incomplete'), '')
    expect(await needFor('Qwen/Qwen3-4B', {}, env)).toMatchObject({ downloads: folder() })
  })
})

test('a folder whose files were changed is another server', async () => {
  const before = await needFor('models/qwen')
  expect(await needFor('models/qwen')).toEqual(before)
  await writeFile(join(baseDir, 'models/qwen/model.safetensors'), 'other weights')
  expect(await needFor('models/qwen')).not.toEqual(before)
})

test.for([
  [{ args: ['--port=1'] }, '`args`: `--port` is not for you to give: use the option `port`.'],
  [{ args: ['--served_model_name', 'x'] }, '`--served_model_name` is not for you to give'],
  [{ args: ['--served', 'x'] }, '`--served` is not for you to give'],
  [{ args: ['--gpu-memory-utilization', 0.5] }, 'use the option `gpuMemory`'],
  [{ args: ['--hf-token=hf_1'] }, '`--hf-token` is not for you to give: other programs can read'],
  [{ args: ['--model', 'x'] }, 'the model is what the spec names'],
  [{ lora: './none' }, "`lora`: there is no './none' (<folder>/none)"],
  [{ gpuMemory: 1.5 }, '`gpuMemory`: '],
] as const)('%j is an error before any start', async ([options, said]) => {
  const leases = recordLeases()
  const setup = boundTo(vllm, { leases, baseDir }).setup('a/b', options)
  const error = (await setup.catch((reason: unknown) => reason)) as Error
  expect(error).toMatchObject({ kind: 'config' })
  expect(shown(error.message)).toContain(said)
  expect(leases.needs).toEqual([])
})

test('a folder that is not there is an error before any start', async () => {
  await expect(lineFor('./models/none')).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining("vllm: there is no model folder './models/none'.") as string,
  })
})

test('a server is started, with its LoRA adapter as the model, and asked with its key', async () => {
  const { bin } = await createFakeVllm(join(baseDir, 'fake'))
  const faults = { answer: 'Vienna' }
  const pool = createPool({
    logDir: join(baseDir, 'logs'),
    env: { ...process.env, FAKE_VLLM: JSON.stringify(faults) },
  })
  try {
    const bound = boundTo(vllm, { leases: pool, baseDir, env: { VLLM_BIN: bin } })
    await using handle = await bound.setup('models/qwen', { lora: 'adapters/sql' })
    expect(await handle.model.generate('Capital of Austria?')).toMatchObject({
      text: 'Vienna',
      servedBy: 'qwen+sql',
      costUsd: 0,
    })
  } finally {
    await pool.close()
  }
})
