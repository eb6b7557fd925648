import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import llamaServer from '../../providers/llama-server.ts'
import { createPool } from '../../src/server/pool.ts'
import { describeLlama, llamaServer as program, tinyModel } from '../support/llama-server.ts'
import {
  boundTo,
  lineFor as lineOf,
  needFor as needOf,
  recordLeases,
} from './shared/local/recorded.ts'

let baseDir: string

beforeAll(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'llama-server-'))
  for (const name of ['model.gguf', 'a,b.gguf', 'sql.gguf', 'no-ending', 'chat.jinja']) {
    await writeFile(join(baseDir, name), 'GGUF and more')
  }
  await writeFile(join(baseDir, 'text.gguf'), 'no model')
})
afterAll(() => rm(baseDir, { recursive: true }))

const shown = (text: string) => text.replaceAll(baseDir, '<folder>')
const lineFor = async (model: string, options: object = {}, env = {}) =>
  shown(await lineOf(llamaServer, model, { threads: 4, ...options }, { baseDir, env }))
const needFor = (model: string, options: object = {}, env = {}) =>
  needOf(llamaServer, model, options, { baseDir, env })

describe('the command line', () => {
  test('of a file: its absolute path, the start in its name, and no key', async () => {
    expect(await lineFor('model.gguf')).toMatchInlineSnapshot(
      `"llama-server --model <folder>/model.gguf --host {host} --port {port} --alias model.gguf,model.gguf#{nonce} --no-webui --threads 4"`,
    )
  })

  test('of a model on Hugging Face, with every option', async () => {
    const line = await lineFor('user/repo', {
      context: 4096,
      parallel: 2,
      threads: 8,
      gpuLayers: 'all',
      quantization: 'Q4_K_M',
      tensorSplit: [3, 1],
      chatTemplate: 'chatml',
      lora: ['sql.gguf', 'model.gguf'],
      embedding: true,
      args: ['--seed', 7],
    })
    expect(line).toMatchInlineSnapshot(
      `"llama-server --hf-repo user/repo:Q4_K_M --host {host} --port {port} --alias user/repo:Q4_K_M,user/repo:Q4_K_M#{nonce} --no-webui --ctx-size 8192 --parallel 2 --threads 8 --n-gpu-layers all --tensor-split 3,1 --chat-template chatml --lora <folder>/sql.gguf,<folder>/model.gguf --embedding --pooling mean --seed 7"`,
    )
  })

  test.for([
    ['no-ending', {}, '--model <folder>/no-ending '],
    ['./model.gguf', {}, '--model <folder>/model.gguf '],
    ['user/repo', {}, '--hf-repo user/repo '],
    ['user/repo:Q8_0', {}, '--hf-repo user/repo:Q8_0 '],
    ['a,b.gguf', {}, '--alias a_b.gguf,a_b.gguf#{nonce} '],
    ['model.gguf', { id: 'mine' }, '--alias mine,mine#{nonce} '],
    ['model.gguf', { chatTemplate: 'chat.jinja' }, '--chat-template-file <folder>/chat.jinja'],
    ['model.gguf', { chatTemplate: '{{ x }}</s>' }, '--chat-template {{ x }}</s>'],
    ['model.gguf', { context: 512 }, '--ctx-size 512 '],
    ['model.gguf', { gpuLayers: 0 }, '--n-gpu-layers 0'],
    ['model.gguf', { command: 'my-server' }, 'my-server --model'],
    ['model.gguf', { command: './my-server' }, '<folder>/my-server --model'],
  ] as const)('of %s with %j has `%s`', async ([model, options, part]) => {
    expect(`${await lineFor(model, options)} `).toContain(part)
  })

  test('without `threads` leaves one processor to others', async () => {
    const threads = Math.max(1, availableParallelism() - 1)
    expect(await lineOf(llamaServer, 'user/repo', {})).toContain(`--threads ${threads}`)
  })

  test.for([
    [{}, {}, 'llama-server'],
    [{ LLAMA_SERVER_BIN: '/opt/llama-server' }, {}, '/opt/llama-server'],
    [{ LLAMA_SERVER_BIN: '/opt/llama-server' }, { command: 'mine' }, 'mine'],
    [{ LLAMA_SERVER_BIN: ' ' }, {}, 'llama-server'],
  ] as const)('with %j and %j runs %s', async ([env, options, command]) => {
    expect((await needFor('user/repo', options, env)).command).toBe(command)
  })
})

test('no variable that would change the server is handed on, its key is one', async () => {
  expect(await needFor('model.gguf')).toMatchObject({
    withoutEnv: ['LLAMA_ARG_', 'LLAMA_SERVER_'],
    keyVariable: 'LLAMA_API_KEY',
    stopAgain: 750,
    stopGrace: 10_000,
    port: 'auto',
    gpus: [],
    startTimeout: 600_000,
    downloads: null,
    ready: {
      health: '/health',
      models: '/v1/models',
      slots: '/props',
      token: { path: '/v1/chat/completions', body: { model: 'model.gguf', max_tokens: 1 } },
    },
  })
})

test('a model that only embeds is ready when it has embedded a text', async () => {
  const { ready } = await needFor('model.gguf', { embedding: true })
  expect(ready.token).toMatchObject({ path: '/v1/embeddings', body: { model: 'model.gguf' } })
})

test('a model that is not there yet gets the time for its download', async () => {
  const env = { HF_HUB_CACHE: join(baseDir, 'hub') }
  expect(await needFor('user/repo:Q4_0', {}, env)).toMatchObject({
    startTimeout: 1_800_000,
    downloads: join(baseDir, 'hub/models--user--repo'),
  })
  const own = { ...env, LLAMA_CACHE: join(baseDir, 'llama') }
  expect(await needFor('user/repo', {}, own)).toMatchObject({
    downloads: join(baseDir, 'llama/models--user--repo'),
  })
})

test.for([
  ['user/repo:Q4_0', ['model-Q4_0.gguf'], [], true],
  ['user/repo:q4_0', ['Q4_0/MODEL-Q4_0-00001-of-00002.gguf'], [], true],
  ['user/repo', ['model-Q4_0.gguf'], [], true],
  ['user/repo:Q8_0', ['model-Q4_0.gguf'], [], false],
  ['user/repo:Q4_K', ['model-Q4_K_M.gguf'], [], false],
  ['user/repo:F16', ['model-Q4_0.gguf', 'mmproj-F16.gguf'], [], false],
  ['user/repo:Q4_0', ['model-Q4_0.gguf'], ['0a1b.downloadInProgress'], false],
  ['user/repo:Q4_0', ['model-Q4_0.gguf'], ['0a1b.incomplete'], false],
] as const)(
  'of the model %s with the files %j and %j in the cache all is there: %s',
  async ([model, files, blobs, isThere]) => {
    const hub = await mkdtemp(join(baseDir, 'hub-'))
    const folder = join(hub, 'models--user--repo')
    const contents = [
      ['refs/main', 'abc'],
      ...files.map((name) => [`snapshots/abc/${name}`, 'GGUF']),
      ...blobs.map((name) => [`blobs/${name}`, 'GG']),
    ] as const
    for (const [name, content] of contents) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    expect(await needFor(model, {}, { HF_HUB_CACHE: hub })).toMatchObject({
      startTimeout: isThere ? 600_000 : 1_800_000,
      downloads: isThere ? null : folder,
    })
  },
)

test('a file that was changed is another server', async () => {
  const before = await needFor('model.gguf')
  expect(await needFor('./model.gguf')).toEqual({ ...before, model: './model.gguf' })
  await utimes(join(baseDir, 'model.gguf'), new Date(), new Date(Date.now() + 5000))
  expect(await needFor('model.gguf')).not.toEqual(before)
})

describe('H-17: an error before any start, for', () => {
  test.for([
    ['missing.gguf', {}, "there is no model file 'missing.gguf' (<folder>/missing.gguf)"],
    ['text.gguf', {}, "'text.gguf' is not a GGUF file (<folder>/text.gguf)."],
    ['./repo/x', {}, "there is no model file './repo/x' (<folder>/repo/x)"],
    [
      'qwen3',
      {},
      "expected the path of a .gguf file, or a model of Hugging Face as `user/repo`, got 'qwen3'.",
    ],
    [
      'model.gguf',
      { quantization: 'Q4_0' },
      '`quantization` chooses among the files of a model on Hugging Face',
    ],
    ['user/repo:Q8_0', { quantization: 'Q4_0' }, "'user/repo:Q8_0' names its quantization"],
    ['model.gguf', { lora: 'none.gguf' }, "`lora`: there is no 'none.gguf' (<folder>/none.gguf)"],
    ['model.gguf', { chatTemplate: 'no.jinja' }, "`chatTemplate`: there is no 'no.jinja'"],
  ] as const)('%s with %j', async ([model, options, said]) => {
    const leases = recordLeases()
    const setup = boundTo(llamaServer, { leases, baseDir }).setup(model, options)
    const error = (await setup.catch((reason: unknown) => reason)) as Error
    expect(error).toMatchObject({ kind: 'config', provider: 'llama-server' })
    expect(shown(error.message)).toContain(`llama-server: ${said}`)
    expect(leases.needs).toEqual([])
  })
})

describe('what tells a server from others is no argument of a user:', () => {
  test.for([
    [['--port', 1], '`--port`', 'use the option `port`'],
    [['--port=1'], '`--port`', 'use the option `port`'],
    [['-m', 'x'], '`-m`', 'the model is what the spec names'],
    [['--hf-repo', 'x/y'], '`--hf-repo`', 'the model is what the spec names'],
    [['--seed', 1, '-a', 'x'], '`-a`', 'use the option `id`'],
    [['--api-key', 'sk-1'], '`--api-key`', 'a key of its own'],
    [['--host', '0.0.0.0'], '`--host`', '127.0.0.1'],
  ] as const)('%j', async ([args, name, said]) => {
    const error = (await lineFor('model.gguf', { args }).catch(
      (reason: unknown) => reason,
    )) as Error
    expect(error).toMatchObject({ kind: 'config' })
    expect(error.message).toContain(`llama-server: \`args\`: ${name} is not for you to give: `)
    expect(error.message).toContain(said)
    expect(error.message).not.toContain('sk-1')
  })

  test('others are, also where they begin alike', async () => {
    const line = await lineFor('model.gguf', { args: ['--models-max', 1, '--metrics', '-mg', 0] })
    expect(line).toMatch(/ --models-max 1 --metrics -mg 0$/)
  })
})

describeLlama('a real llama-server', () => {
  let pool: ReturnType<typeof createPool>

  beforeAll(() => {
    pool = createPool({ logDir: join(baseDir, 'logs'), env: process.env })
  })
  afterAll(() => pool.close())

  const bound = () =>
    boundTo(llamaServer, { leases: pool, baseDir, env: { LLAMA_SERVER_BIN: program! } })

  test('is started by the first set-up, and shared by those of the same file', async () => {
    const [first, second] = [bound(), bound()]
    await using one = await first.setup(tinyModel, { parallel: 2 })
    await using other = await second.setup(tinyModel, { parallel: 2, temperature: 0.5 })
    const texts = await Promise.all(
      [one, other].map(async ({ model }) => (await model.generate('What is 47 + 38?')).text),
    )
    expect(texts).toEqual(['85', '85'])
    expect(pool.history).toMatchObject([{ provider: 'llama-server', starts: 1, crashes: [] }])
  })

  test('gives each of its slots the whole context', async () => {
    await using handle = await bound().setup(tinyModel, { context: 300, parallel: 2 })
    const long = handle.model.generate('x'.repeat(280), { maxTokens: 1 })
    expect((await long).usage!.inputTokens).toBeGreaterThan(256)
    await expect(handle.model.generate('x'.repeat(600))).rejects.toMatchObject({
      kind: 'context_window',
    })
  })

  test('streams, and answers without a price', async () => {
    await using handle = await bound().setup(tinyModel)
    const stream = handle.model.stream('Capital of Mexico?')
    const texts: string[] = []
    for await (const { text } of stream) texts.push(text)
    expect(texts.join('')).toBe('Mexico City')
    expect(await stream.response).toMatchObject({ costUsd: 0, servedBy: 'tiny-chat.gguf' })
  })

  describe('with the name of a template', () => {
    const withTemplate = (chatTemplate: string, args: readonly string[] = []) =>
      bound().setup(tinyModel, { chatTemplate, args, threads: 1, maxTokens: 1 })

    test.each(['chatml', 'llama3'])(
      'makes prompts by it, and not of the word: %s',
      async (name) => {
        await using handle = await withTemplate(name)
        const tokensOf = async (prompt: string) =>
          (await handle.model.generate(prompt)).usage!.inputTokens
        expect(await tokensOf('abcdefghijklmnop')).toBeGreaterThan(await tokensOf('a'))
      },
    )

    test('that it does not know is an error with the names, the nearest first', async () => {
      await expect(withTemplate('lama3')).rejects.toMatchObject({
        kind: 'config',
        message: expect.stringMatching(
          /^llama-server: `chatTemplate`: there is no template 'lama3'; llama.cpp knows llama3, .*chatml.*; a file is given with its ending, as in 'lama3.jinja', or with '\.\/' before it\.$/,
        ) as string,
      })
    })

    test('takes no `--jinja`, which would make the prompt of the word', async () => {
      await expect(withTemplate('llama3', ['--jinja'])).rejects.toMatchObject({
        kind: 'config',
        message: expect.stringContaining("`args`: with `--jinja` the word 'llama3'") as string,
      })
    })
  })

  test('embeds', async () => {
    await using handle = await bound().setup(tinyModel, { embedding: true })
    const [vector] = await handle.model.embed!(['a text'])
    expect(vector!.length).toBeGreaterThan(8)
  })
})
