import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import llamaCpp from '../../providers/llama-cpp.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import type { ModelHandle } from '../../src/provider/provider.ts'

const baseDir = fileURLToPath(new URL('../../evals/', import.meta.url))
const providers = createProviders({ baseDir })
const spec = 'llama-cpp/models/tiny-chat.gguf'
let handle: ModelHandle
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llama-cpp-'))
  handle = await providers.setup(spec)
})
afterAll(async () => {
  await providers.teardownAll()
  await rm(folder, { recursive: true })
})

test('H-17: a model file in this process answers, the same each time', async () => {
  const answers = await handle.model.batch(['Reverse lamp', 'Capital of France?', 'Reverse lamp'])
  expect(answers.map((one) => one.status === 'fulfilled' && one.value.text)).toEqual([
    'pmal',
    'Paris',
    'pmal',
  ])
  expect(await handle.model.generate('What is 47 + 38?')).toMatchObject({
    text: '85',
    finishReason: 'stop',
    usage: { inputTokens: 18, outputTokens: 3 },
    costUsd: 0,
  })
})

test('H-17: calls that do not know of each other are answered one at a time, each with its own text', async () => {
  const questions = Array.from({ length: 20 }, (_, n) => `What is ${n} + ${n}?`)
  const answers = await Promise.all(questions.map((question) => handle.model.generate(question)))
  expect(answers.map(({ text }) => text)).toEqual(questions.map((_, n) => String(2 * n)))
})

test('H-17: of two streams at once the second begins when the first has ended, with tokens of its own', async () => {
  const order: string[] = []
  const read = async (city: string) => {
    const stream = handle.model.stream(`Capital of ${city}?`)
    for await (const { text } of stream) if (text) order.push(city)
    return (await stream.response).usage
  }
  const alone = [await read('Mexico'), await read('France')]
  order.length = 0
  expect(await Promise.all([read('Mexico'), read('France')])).toEqual(alone)
  const changes = order.filter((city, index) => city !== order[index - 1])
  expect(changes).toEqual(['Mexico', 'France'])
})

test('streams the text as it comes', async () => {
  const stream = handle.model.stream('Capital of Mexico?')
  const chunks: string[] = []
  for await (const { text } of stream) chunks.push(text)
  expect(chunks.length).toBeGreaterThan(3)
  expect(chunks.join('')).toBe('Mexico City')
  expect(await stream.response).toMatchObject({ text: 'Mexico City', finishReason: 'stop' })
})

test('ends at maxTokens, of the call or of the set-up, and says so', async () => {
  const call = await handle.model.generate('Capital of Mexico?', { maxTokens: 3 })
  expect(call).toMatchObject({ text: 'Mex', finishReason: 'length' })
  await using short = await providers.setup(spec, { maxTokens: 2 })
  expect((await short.model.generate('Capital of Mexico?')).text).toBe('Me')
})

test('a conversation is one, and a prompt that is too long is an error, not cut', async () => {
  const { text } = await handle.model.generate([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Reverse cat' },
    { role: 'assistant', content: 'tac' },
    { role: 'user', content: 'Reverse lamp' },
  ])
  expect(text.length).toBeGreaterThan(0)
  await expect(handle.model.generate('x'.repeat(600))).rejects.toMatchObject({
    kind: 'context_window',
    message: expect.stringContaining('raise `contextSize`') as string,
  })
})

test('an aborted call is cancelled, also while it waits for its turn, and the next one is right', async () => {
  const stop = new AbortController()
  const waiting = handle.model.batch(['Reverse lamp', 'Reverse cat', 'Reverse dog'], {
    signal: stop.signal,
  })
  stop.abort()
  for (const one of await waiting) expect(one).toMatchObject({ reason: { kind: 'cancelled' } })
  expect((await handle.model.generate('Reverse lamp')).text).toBe('pmal')
})

test('H-17: a missing file is an error before llama.cpp is loaded', async () => {
  const url = new URL('../../providers/llama-cpp.ts', import.meta.url).href
  const script = `
    const { default: provider } = await import(${JSON.stringify(url)})
    const { kind, message } = await provider.setup('none.gguf').catch((error) => error)
    const loaded = process.report.getReport().sharedObjects.filter((path) => /llama/.test(path))
    console.log(JSON.stringify({ kind, message, loaded }))`
  const args = ['--input-type=module', '--no-warnings', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
  expect(JSON.parse(stdout)).toEqual({
    kind: 'config',
    message: expect.stringMatching(/^llama-cpp: there is no model file 'none\.gguf' \(/) as string,
    loaded: [],
  })
})

describe('H-17: the option `path`', () => {
  test('names the file where the name of the model is another', async () => {
    await using named = await providers.setup('llama-cpp/tiny', { path: 'models/tiny-chat.gguf' })
    expect(named.model.info.spec).toBe('llama-cpp/tiny')
    expect((await named.model.generate('Capital of France?')).text).toBe('Paris')
  })

  test('starts at the folder of the eval file: in another one it is another file', async () => {
    const other = join(folder, 'other')
    await mkdir(join(other, 'models'), { recursive: true })
    await copyFile(join(baseDir, 'models/tiny-chat.gguf'), join(other, 'models/tiny-chat.gguf'))
    const options = { path: 'models/tiny-chat.gguf' }
    const name = '/a/name/like/a/path'
    const setup = (dir: string) => llamaCpp.setup(name, options, { baseDir: dir })
    await using here = await setup(baseDir)
    await using again = await setup(baseDir)
    await using there = await setup(other)
    expect(again.resourceId).toBe(here.resourceId)
    expect(there.resourceId).not.toBe(here.resourceId)
  })

  test('is an error where the file is missing, which names it', async () => {
    await expect(
      providers.setup('llama-cpp/tiny', { path: 'models/none.gguf' }),
    ).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(
        /^llama-cpp: there is no model file 'models\/none\.gguf' \(/,
      ) as string,
    })
  })
})

test("H-17: a configuration file may use llama.cpp's own names", async () => {
  const options = {
    model_path: 'models/tiny-chat.gguf',
    n_ctx: 256,
    n_gpu_layers: -1,
    n_batch: 64,
    n_threads: 1,
    max_tokens: 2,
  }
  const file = { source: 'assay.config.yaml', models: { 'llama-cpp/tiny': [{ options }] } }
  const bound = bindProvider(llamaCpp, { baseDir, models: { file } })
  await using tiny = await bound.setup('tiny')
  expect(tiny.model.info.contextWindow).toBe(256)
  expect((await tiny.model.generate('Capital of Mexico?')).text).toBe('Me')
})

test.for([-2, 1.5, 'all'])('H-17: %j is no number of layers for the GPU', async (gpuLayers) => {
  await expect(providers.setup(spec as string, { gpuLayers })).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining('llama-cpp: options: `gpuLayers`') as string,
  })
})

test('a missing, a wrong and a damaged file are clear errors', async () => {
  const setup = (name: string) => providers.setup(`llama-cpp/${name}`)
  await expect(setup('none.gguf')).rejects.toMatchObject({
    kind: 'config',
    message: `llama-cpp: there is no model file 'none.gguf' (${baseDir}none.gguf). A relative path starts at the folder of the eval file.`,
  })
  await expect(setup('models/train.py')).rejects.toMatchObject({
    kind: 'config',
    message: `llama-cpp: 'models/train.py' is not a GGUF file (${baseDir}models/train.py).`,
  })
  const torn = join(folder, 'torn.gguf')
  const bytes = await readFile(join(baseDir, 'models/tiny-chat.gguf'))
  await writeFile(torn, bytes.subarray(0, 300_000))
  await expect(setup(torn)).rejects.toMatchObject({
    kind: 'setup',
    message: expect.stringContaining(`llama-cpp: '${torn}' cannot be loaded: `) as string,
  })
})

test('wrong options are one error that names each', async () => {
  const wrong: object = { contextSize: 'big', thread: 1 }
  await expect(providers.setup(spec as string, wrong)).rejects.toMatchObject({
    kind: 'config',
    message:
      'llama-cpp: options: `contextSize`: expected number, got "big"; there is no option `thread` (did you mean `threads`?)',
  })
})
