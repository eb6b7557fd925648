import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import * as v from 'valibot'
import type { ModelProvider } from '../src/provider/provider.ts'
import { modelOf } from './llama-server/model.ts'
import { templateArgs } from './llama-server/template-name.ts'
import { flag, furtherArgs, instead } from './shared/local/command-line.ts'
import { requirePath } from './shared/local/files.ts'
import { localServer } from './shared/local/local-server.ts'
import {
  count,
  type LocalServerOptions,
  localServerOptions,
  type ProgramOptions,
  programOptions,
  word,
} from './shared/local/options.ts'
import { programOf, type Start, type StartPlace, tokenOf } from './shared/local/start.ts'
import { templateFile } from './shared/local/template.ts'

/** Options of a set-up. The program is `LLAMA_SERVER_BIN` or `llama-server` where `command` is not given. */
export interface LlamaServerOptions extends LocalServerOptions, ProgramOptions {
  /** Tokens of prompt and response together. Without `parallel` all requests share them. @default the model's */
  readonly context?: number | undefined
  /** Requests that are worked on at once, each with the whole of `context`. @default llama-server's choice */
  readonly parallel?: number | undefined
  /** CPU threads. @default one less than there are: llama.cpp's threads spin, and starve on a shared one */
  readonly threads?: number | undefined
  /** Layers that go to the GPU. @default 'auto' */
  readonly gpuLayers?: number | 'auto' | 'all' | undefined
  /** Which file of a model on Hugging Face: `Q4_K_M`. */
  readonly quantization?: string | undefined
  /** Shares of the model by GPU: `[3, 1]`. */
  readonly tensorSplit?: readonly number[] | undefined
  /**
   * A file, the template itself, or a name that llama.cpp knows: with that, but for `chatml`, no tools can be
   * called. @default the model's own
   */
  readonly chatTemplate?: string | undefined
  /** LoRA adapters: files. */
  readonly lora?: string | readonly string[] | undefined
  /** Whether the model only embeds. @default false */
  readonly embedding?: boolean | undefined
}

const layers = v.pipe(v.number(), v.integer(), v.minValue(0))
const text = v.pipe(v.string(), v.nonEmpty())

/** The schema of LlamaServerOptions. */
export const llamaServerOptions: v.GenericSchema<unknown, LlamaServerOptions> = v.strictObject({
  ...localServerOptions,
  ...programOptions,
  context: count,
  parallel: count,
  threads: count,
  gpuLayers: v.optional(v.union([layers, v.picklist(['auto', 'all'])])),
  quantization: word,
  tensorSplit: v.optional(v.array(v.pipe(v.number(), v.minValue(0)))),
  chatTemplate: word,
  lora: v.optional(v.union([text, v.array(text)])),
  embedding: v.optional(v.boolean()),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    'llama-server': LlamaServerOptions
  }
}

/** A GGUF file, or a model of Hugging Face, behind llama-server: `llama-server/models/qwen3-4b.gguf`. */
const provider: ModelProvider = localServer({
  name: 'llama-server',
  options: llamaServerOptions,
  health: '/health',
  slots: '/props',
  start,
  matches: (listed, wanted) =>
    basename(listed) === basename(wanted) || listed.startsWith(`${wanted}:`),
})

export default provider

const install =
  'Install llama.cpp, as with `brew install llama.cpp`, or set LLAMA_SERVER_BIN to the path of its llama-server.'

const own = new Map<string, string>([
  ['-m', instead.model],
  ['--model', instead.model],
  ['-mu', instead.model],
  ['--model-url', instead.model],
  ['-hf', instead.model],
  ['-hfr', instead.model],
  ['--hf-repo', instead.model],
  ['-dr', instead.model],
  ['--docker-repo', instead.model],
  ['--host', instead.host],
  ['--port', instead.port],
  ['-a', instead.name],
  ['--alias', instead.name],
  ['--api-key', instead.key],
  ['--api-key-file', instead.key],
  ['-hft', instead.token],
  ['--hf-token', instead.token],
])

async function start(
  modelName: string,
  settings: LlamaServerOptions,
  place: StartPlace,
): Promise<Start> {
  const { context, parallel, gpuLayers, tensorSplit, embedding } = settings
  const { threads = Math.max(1, availableParallelism() - 1) } = settings
  const model = await modelOf(modelName, settings, place)
  const id = settings.id ?? model.name
  const template = templateFile(settings.chatTemplate, place.baseDir, 'llama-server')
  const lora = [settings.lora ?? []]
    .flat()
    .map((name) => requirePath(name, place.baseDir, { provider: 'llama-server', option: 'lora' }))
  const command = programOf(
    settings.command,
    { variable: 'LLAMA_SERVER_BIN', name: 'llama-server' },
    place,
  )
  return {
    id,
    command,
    install,
    args: [
      ...model.args,
      ...['--host', '{host}', '--port', '{port}'],
      ...['--alias', [id, `${id}#{nonce}`].map((name) => name.replaceAll(',', '_')).join(',')],
      '--no-webui',
      // llama-server divides it among its slots
      ...flag('--ctx-size', context && context * (parallel ?? 1)),
      ...flag('--parallel', parallel),
      ...flag('--threads', threads),
      ...flag('--n-gpu-layers', gpuLayers),
      ...flag('--tensor-split', tensorSplit?.join(',')),
      ...(template
        ? ['--chat-template-file', template]
        : await templateArgs(settings, command, place)),
      ...flag('--lora', lora.join(',') || undefined),
      ...(embedding ? ['--embedding', '--pooling', 'mean'] : []),
      ...furtherArgs('llama-server', settings, own),
    ],
    // the user's own would change the server; as a child of a router it would end with its stdin
    withoutEnv: ['LLAMA_ARG_', 'LLAMA_SERVER_'],
    keyVariable: 'LLAMA_API_KEY',
    stopAgain: 750, // a request in flight holds up the first SIGTERM, and the second ends it
    files: [...model.files, ...(template ? [template] : []), ...lora],
    hub: model.hub,
    ready: {
      health: '/health',
      models: '/v1/models',
      slots: '/props',
      token: tokenOf(id, embedding),
    },
  }
}
