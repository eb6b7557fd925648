import { basename } from 'node:path'
import * as v from 'valibot'
import { AssayError } from '../src/model/error.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { flag, furtherArgs, instead } from './shared/local/command-line.ts'
import { isPath, pathOf, requirePath } from './shared/local/files.ts'
import { hubFolder } from './shared/local/hub.ts'
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

/** Options of a set-up. The program is `VLLM_BIN` or `vllm` where `command` is not given. */
export interface VllmOptions extends LocalServerOptions, ProgramOptions {
  /** Tokens of prompt and response together. @default the model's */
  readonly context?: number | undefined
  /** Requests that are worked on at once. @default vLLM's choice, and as many are sent as it keeps up with */
  readonly parallel?: number | undefined
  /** How weights are quantized, as in 'awq' or 'fp8'. @default as the model says */
  readonly quantization?: string | undefined
  /** GPUs that share each layer. @default 1 */
  readonly tensorParallel?: number | undefined
  /** Part of its GPUs' memory that it takes for itself, from 0 to 1. @default 0.9 */
  readonly gpuMemory?: number | undefined
  /** A file, or the template itself. @default the model's own */
  readonly chatTemplate?: string | undefined
  /** A LoRA adapter, which requests then go to: a folder, or one of Hugging Face. */
  readonly lora?: string | undefined
  /** Whether the model only embeds. @default false */
  readonly embedding?: boolean | undefined
}

const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1))

/** The schema of VllmOptions. */
export const vllmOptions: v.GenericSchema<unknown, VllmOptions> = v.strictObject({
  ...localServerOptions,
  ...programOptions,
  context: count,
  parallel: count,
  quantization: word,
  tensorParallel: count,
  gpuMemory: v.optional(share),
  chatTemplate: word,
  lora: word,
  embedding: v.optional(v.boolean()),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    vllm: VllmOptions
  }
}

/** A model of Hugging Face, or in a folder, behind vLLM: `vllm/Qwen/Qwen3-4B`. */
const provider: ModelProvider = localServer({
  name: 'vllm',
  options: vllmOptions,
  health: '/health',
  start,
})

export default provider

const install =
  'Install vLLM, as with `pip install vllm`, or set VLLM_BIN to the path of its program.'

const own = new Map<string, string>([
  ['--model', instead.model],
  ['--host', instead.host],
  ['--port', instead.port],
  ['--uds', instead.host],
  ['--served-model-name', instead.name],
  ['--api-key', instead.key],
  ['--hf-token', instead.token],
  ['--gpu-memory-utilization', 'use the option `gpuMemory`'],
])

/** Versions differ in their own default, and what fits beside a server is reckoned from its share. */
const GPU_MEMORY = 0.9

function start(modelName: string, settings: VllmOptions, place: StartPlace): Start {
  const { baseDir, env } = place
  const { parallel, gpuMemory = GPU_MEMORY, chatTemplate, embedding } = settings
  const path = pathOfModel(modelName, baseDir)
  const name = settings.id ?? (path ? basename(path) : modelName)
  const template = templateFile(chatTemplate, baseDir, 'vllm')
  const lora = settings.lora === undefined ? undefined : adapterOf(settings.lora, name, baseDir)
  const id = lora?.name ?? name
  return {
    id,
    command: programOf(settings.command, { variable: 'VLLM_BIN', name: 'vllm' }, place),
    install,
    args: [
      ...['serve', path ?? modelName],
      ...['--host', '{host}', '--port', '{port}'],
      ...['--served-model-name', name, `${name}#{nonce}`],
      ...flag('--gpu-memory-utilization', gpuMemory),
      ...flag('--max-model-len', settings.context),
      ...flag('--max-num-seqs', parallel),
      ...flag('--quantization', settings.quantization),
      ...flag('--tensor-parallel-size', settings.tensorParallel),
      ...flag('--chat-template', template ?? chatTemplate),
      ...(lora ? ['--enable-lora', '--lora-modules', `${lora.name}=${lora.path}`] : []),
      ...furtherArgs('vllm', settings, own),
    ],
    env: { VLLM_NO_USAGE_STATS: '1', ...settings.env },
    // Kubernetes sets VLLM_PORT to a URL, and the others make it a part of a larger deployment
    withoutEnv: ['VLLM_PORT', 'VLLM_DP_', 'VLLM_API_KEY', 'VLLM_HOST_IP'],
    keyVariable: 'VLLM_API_KEY',
    gpuShare: gpuMemory,
    files: [path, template, lora?.file].filter((file) => file !== undefined),
    hub: path ? undefined : { folder: hubFolder(modelName, env) },
    concurrency: parallel,
    ready: {
      health: '/health',
      models: '/v1/models',
      slots: null,
      token: tokenOf(id, embedding),
    },
  }
}

/** The path of a model that is here, and not at Hugging Face. */
function pathOfModel(name: string, baseDir: string): string | undefined {
  const path = pathOf(name, baseDir, 'folder') ?? pathOf(name, baseDir, 'file')
  if (path !== undefined || !isPath(name)) return path
  throw new AssayError(
    `vllm: there is no model folder '${name}'. A relative path starts at the folder of the eval file.`,
    { kind: 'config', provider: 'vllm' },
  )
}

function adapterOf(lora: string, model: string, baseDir: string) {
  const here = pathOf(lora, baseDir, 'folder')
  const isHere = here !== undefined || isPath(lora)
  const file = isHere ? requirePath(lora, baseDir, { provider: 'vllm', option: 'lora' }) : undefined
  return { name: `${model}+${basename(lora)}`, path: file ?? lora, file }
}
