import { int, memory, number, oneOf, type Flag, values } from './flags.ts'

/** What `vllm serve` understood. */
export interface VllmOptions {
  readonly model: string
  /** Names that a request may use; the first is the one that answers carry. */
  readonly names: readonly string[]
  readonly loras: readonly { readonly name: string; readonly path: string }[]
  readonly host: string
  readonly port: number
  readonly keys: readonly string[]
  readonly maxModelLen: number
  readonly tensorParallel: number
  readonly pipelineParallel: number
  readonly gpuMemoryUtilization: number
  /** Bytes; `undefined` where the utilization decides. */
  readonly kvCacheMemory: number | undefined
  readonly chatTemplate: string | undefined
  readonly isLoraEnabled: boolean
  /** Seconds that requests in flight are given. */
  readonly shutdownTimeout: number
  readonly hasAccessLog: boolean
  /** What was said, for the log. */
  readonly said: Readonly<Record<string, unknown>>
}

const text: Flag = { takes: 'one', read: String }
const flag: Flag = { takes: 'none' }
const list: Flag = { takes: 'many' }
const LOG_LEVELS = ['critical', 'error', 'warning', 'info', 'debug', 'trace']

const FLAGS: Readonly<Record<string, Flag>> = {
  'api-key': list,
  'chat-template': text,
  'disable-uvicorn-access-log': flag,
  dtype: { takes: 'one', read: oneOf('auto', 'bfloat16', 'float', 'float16', 'float32', 'half') },
  'enable-lora': flag,
  'enforce-eager': flag,
  'gpu-memory-utilization': { takes: 'one', read: number },
  host: text,
  'kv-cache-memory-bytes': { takes: 'one', read: memory },
  'lora-modules': list,
  'max-model-len': { takes: 'one', read: memory },
  'max-num-seqs': { takes: 'one', read: int },
  model: text,
  'pipeline-parallel-size': { takes: 'one', read: int },
  port: { takes: 'one', read: int },
  quantization: text,
  seed: { takes: 'one', read: int },
  'served-model-name': list,
  'shutdown-timeout': { takes: 'one', read: int },
  'tensor-parallel-size': { takes: 'one', read: int },
  'trust-remote-code': flag,
  'uvicorn-log-level': { takes: 'one', read: oneOf(...LOG_LEVELS) },
}

const COMMANDS = ['chat', 'complete', 'serve', 'bench', 'collect-env', 'run-batch']
const USAGE = `usage: vllm [-h] [-v] {${COMMANDS.join(',')}} ...\n`

/** Reads the command line as vLLM does, or ends the process with argparse's words and code. */
export function readCommandLine([command, ...args]: readonly string[]): VllmOptions {
  if (command === '--version' || command === '-v') end(0, 'stdout', '0.99.0\n')
  if (command === undefined) end(1, 'stdout', USAGE)
  if (!COMMANDS.includes(command)) {
    const choices = COMMANDS.map((name) => `'${name}'`).join(', ')
    usageError(
      `vllm: error: argument subparser: invalid choice: '${command}' (choose from ${choices})`,
    )
  }
  if (command !== 'serve') end(1, 'stderr', `the fake vllm has no command ${command}\n`)
  const { said, positional, unknown, problem } = values(args, FLAGS)
  if (problem !== undefined) usageError(`vllm serve: error: ${problem}`)
  const [tag, ...more] = positional
  if (unknown.length + more.length > 0) {
    usageError(`vllm: error: unrecognized arguments: ${[...unknown, ...more].join(' ')}`)
  }
  return toOptions(tag, said)
}

function toOptions(tag: string | undefined, said: Readonly<Record<string, unknown>>): VllmOptions {
  const get = <T>(name: string, standard: T): T => (said[name] as T | undefined) ?? standard
  const model = tag ?? get('model', 'Qwen/Qwen3-0.6B')
  return {
    model,
    names: get('served-model-name', [model]),
    loras: get<string[]>('lora-modules', []).map(toLora),
    host: get('host', '0.0.0.0'),
    port: get('port', 8000),
    keys: get('api-key', [process.env['VLLM_API_KEY'] ?? '']).filter((key) => key !== ''),
    maxModelLen: get('max-model-len', 4096),
    tensorParallel: get('tensor-parallel-size', 1),
    pipelineParallel: get('pipeline-parallel-size', 1),
    gpuMemoryUtilization: get('gpu-memory-utilization', 0.92),
    kvCacheMemory: get('kv-cache-memory-bytes', undefined),
    chatTemplate: get('chat-template', undefined),
    isLoraEnabled: get('enable-lora', false),
    shutdownTimeout: get('shutdown-timeout', 0),
    hasAccessLog:
      !get('disable-uvicorn-access-log', false) &&
      LOG_LEVELS.indexOf(get('uvicorn-log-level', 'info')) >= LOG_LEVELS.indexOf('info'),
    said: { model_tag: model, ...said },
  }
}

function toLora(module: string): { name: string; path: string } {
  const [name = '', path] = module.split(/=(.*)/s)
  if (path === undefined) {
    usageError(`vllm serve: error: argument --lora-modules: invalid value: '${module}'`)
  }
  return { name, path }
}

function usageError(message: string): never {
  end(2, 'stderr', `${USAGE}${message}\n`)
}

function end(code: number, stream: 'stdout' | 'stderr', message: string): never {
  process[stream].write(message)
  process.exit(code)
}
