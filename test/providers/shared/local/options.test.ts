import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import command, { commandOptions } from '../../../../providers/command.ts'
import llamaServer, { llamaServerOptions } from '../../../../providers/llama-server.ts'
import { openaiCompatibleOptions } from '../../../../providers/openai-compatible/options.ts'
import ollama, { ollamaOptions } from '../../../../providers/ollama.ts'
import vllm, { vllmOptions } from '../../../../providers/vllm.ts'
import type { ServerNeed } from '../../../../src/model/lease.ts'
import type { ModelProvider } from '../../../../src/provider/provider.ts'
import { llamaServer as realLlamaServer, testLlama } from '../../../support/llama-server.ts'
import { type HttpServer, serve } from '../../../support/http-server.ts'
import { llamaServerFlags, vllmFlags } from './flags.ts'
import { boundTo, recordLeases } from './recorded.ts'

let baseDir: string
let ollamaServer: HttpServer

beforeAll(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'local-options-'))
  await mkdir(join(baseDir, 'adapter'))
  for (const name of ['model.gguf', 'adapter.gguf', 'chat.jinja', 'adapter/weights']) {
    await writeFile(join(baseDir, name), 'GGUF')
  }
  ollamaServer = await serve(() => ({ body: { models: [{ name: 'model' }, { name: 'other' }] } }))
})
afterAll(async () => {
  await ollamaServer[Symbol.asyncDispose]()
  await rm(baseDir, { recursive: true })
})

/** A value of each option that is for the start, other than what holds without it. */
const shared = {
  env: { SOME_VARIABLE: '1' },
  gpus: [1, 'GPU-2'],
  requirements: { memoryGb: 1, gpuMemoryGb: 2 },
  port: [21_500, 21_510],
  startTimeout: 1234,
  stopGrace: 4321,
}
const program = { command: './bin/server', args: ['--seed', 7] }

interface Examples {
  readonly provider: ModelProvider
  readonly schema: unknown
  readonly model: string
  /** What each set-up of it needs. */
  readonly basis?: object
  readonly options: Readonly<Record<string, unknown>>
  /** Its own options that are not for the start: those of requests, and where a server runs already. */
  readonly others?: { readonly requests: object; readonly attach: readonly string[] }
}

const kinds: Readonly<Record<string, Examples>> = {
  'llama-server': {
    provider: llamaServer,
    schema: llamaServerOptions,
    model: 'user/repo',
    options: {
      ...shared,
      id: 'other',
      ...program,
      context: 4096,
      parallel: 3,
      threads: 97,
      gpuLayers: 'all',
      quantization: 'Q4_K_M',
      tensorSplit: [3, 1],
      chatTemplate: 'chat.jinja',
      lora: ['adapter.gguf'],
      embedding: true,
    },
  },
  vllm: {
    provider: vllm,
    schema: vllmOptions,
    model: 'Qwen/Qwen3-4B',
    options: {
      ...shared,
      id: 'other',
      ...program,
      context: 4096,
      parallel: 3,
      quantization: 'fp8',
      tensorParallel: 2,
      gpuMemory: 0.5,
      chatTemplate: 'chat.jinja',
      lora: 'adapter',
      embedding: true,
    },
  },
  ollama: {
    provider: ollama,
    schema: ollamaOptions,
    model: 'model',
    // one server for all models
    options: { ...shared, command: './bin/ollama', context: 4096, parallel: 3 },
    others: { requests: { think: 'low', keepAlive: '1h' }, attach: ['host'] },
  },
  command: {
    provider: command,
    schema: commandOptions,
    model: 'model',
    basis: { command: ['serve', '{name}', '{port}'] },
    options: {
      ...shared,
      id: 'other',
      command: ['another', '{port}'],
      health: '/ready',
      keyVariable: 'SOME_KEY',
      embedding: true,
    },
  },
}

async function needOf({ provider, model, basis }: Examples, options: object): Promise<ServerNeed> {
  const leases = recordLeases({ address: { url: ollamaServer.url, start: 1 } })
  const bound = boundTo(provider, { leases, baseDir })
  await (await bound.setup(model, { ...basis, ...options })).teardown()
  return leases.needs[0]!
}

const namesOf = (schema: unknown) => Object.keys((schema as { entries: object }).entries)
const requestOptions = Object.keys(openaiCompatibleOptions)

describe.each(Object.entries(kinds))('%s', (name, examples) => {
  const { provider, schema, options, basis = {}, others } = examples

  test('each option of the start has an example here', () => {
    const { requests = {}, attach = [] } = others ?? {}
    const known = new Set([...requestOptions, ...Object.keys({ ...options, ...requests })])
    for (const option of ['attach', ...attach]) known.add(option)
    expect(namesOf(schema).filter((option) => !known.has(option))).toEqual([])
  })

  test.each(Object.keys(options))('`%s` is a part of what is started', async (option) => {
    const without = await needOf(examples, {})
    const given = await needOf(examples, { [option]: options[option] })
    expect(given).not.toEqual(without)
  })

  test('what only concerns requests is none', async () => {
    const settings = { temperature: 0.5, maxTokens: 3, limits: { concurrency: 2 }, attempts: 1 }
    expect(await needOf(examples, { ...settings, ...others?.requests })).toEqual(
      await needOf(examples, {}),
    )
  })

  test.each([
    ['prot', 1, 'there is no option `prot` (did you mean `port`?)'],
    ['port', [21_510, 21_500], 'expected the first port and then the last'],
    ['port', 70_000, 'expected at most 65535, got 70000'],
    ['port', 'any', "expected 'auto', a port, or [first, last]"],
    ['startTimeout', -1, 'expected at least 0, got -1'],
    ['gpus', '0', 'expected array, got "0"'],
    ['env', { VARIABLE: 1 }, '`env.VARIABLE`'],
  ])('a wrong `%s` is an error that names it: %j', async (option, value, said) => {
    const setup = boundTo(provider, { leases: recordLeases() }).setup('model', {
      ...basis,
      [option]: value,
    })
    await expect(setup).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(new RegExp(`^${name}: options: .*\\b${option}\\b`)) as string,
    })
    await expect(setup).rejects.toThrow(said)
  })

  test('`apiKeys` are none for a server that is started: it has a key of its own', async () => {
    await expect(needOf(examples, { apiKeys: ['sk-1'] })).rejects.toMatchObject({
      kind: 'config',
      message: `${name}: \`apiKeys\` are for a server that is attached to; one that is started gets a key of its own.`,
    })
  })
})

describe('the flags of all options together', () => {
  const flagsOf = async (examples: Examples) => {
    const { args } = await needOf(examples, { ...examples.options, args: [] })
    return args.filter((word) => word.startsWith('-'))
  }

  test.each([
    ['llama-server', llamaServerFlags, 14],
    ['vllm', vllmFlags, 11],
  ] as const)('are flags of %s', async (name, known, count) => {
    const flags = await flagsOf(kinds[name]!)
    expect(flags.filter((flag) => !known.has(flag))).toEqual([])
    expect(flags).toHaveLength(count)
  })

  testLlama('are in the help of the llama-server that is here', async () => {
    const help = spawnSync(realLlamaServer!, ['--help'], { encoding: 'utf8' }).stdout
    const known = new Set(help.match(/(?<=^|[\s,])--?[a-z][\w-]*/gm))
    const flags = await flagsOf(kinds['llama-server']!)
    expect(flags.filter((flag) => !known.has(flag))).toEqual([])
    expect([...llamaServerFlags].filter((flag) => !known.has(flag))).toEqual([])
  })
})
