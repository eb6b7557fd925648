import * as v from 'valibot'
import type { ModelProvider } from '../src/provider/provider.ts'
import { localServer } from './shared/local/local-server.ts'
import {
  count,
  type LocalServerOptions,
  localServerOptions,
  type ProgramOptions,
  programOptions,
  word,
} from './shared/local/options.ts'
import { programOf, type Start, type StartPlace } from './shared/local/start.ts'
import { findOllama, USUAL, type Whereabouts } from './ollama/find.ts'
import { ollamaProtocol } from './ollama/protocol.ts'
import type { Sampling } from './ollama/request.ts'

type Shared = Omit<LocalServerOptions, 'maxTokensField' | 'reasoningEffort'>

/**
 * Options of a set-up. Those of the start are for where no Ollama runs; the program is then `OLLAMA_BIN` or
 * `ollama` where `command` is not given.
 */
export interface OllamaOptions
  extends Shared, Sampling, Pick<Whereabouts, 'host'>, Pick<ProgramOptions, 'command'> {
  /** Requests that one model works on at once, of the Ollama that is started. @default Ollama's choice */
  readonly parallel?: number | undefined
}

// OpenAI's names for what Ollama has under its own
const { maxTokensField: _field, reasoningEffort: _effort, ...shared } = localServerOptions

/** The schema of OllamaOptions. */
export const ollamaOptions: v.GenericSchema<unknown, OllamaOptions> = v.strictObject({
  ...shared,
  host: word,
  command: programOptions.command,
  context: count,
  parallel: count,
  think: v.optional(v.union([v.boolean(), v.string()], "expected true, false or a level as 'low'")),
  keepAlive: v.optional(
    v.union([v.string(), v.number()], "expected a time as '10m', or a number of seconds"),
  ),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    ollama: OllamaOptions
  }
}

/** A model that Ollama has pulled: `ollama/qwen3`. */
const provider: ModelProvider = localServer({
  name: 'ollama',
  options: ollamaOptions,
  optionAliases: { base_url: 'attach', model_path: 'id', reasoning_effort: 'think' },
  protocol: ollamaProtocol,
  health: '/api/version',
  start,
  find: findOllama,
  choosesModels: true,
  matches: (listed, wanted) => listed === `${wanted}:latest`,
  remedy: (wanted) => `Get it with \`ollama pull ${wanted}\`.`,
})

export default provider

const install = `No Ollama answers at ${USUAL}: start it, install it as https://ollama.com/download says, or set \
OLLAMA_BIN to the path of its program.`

/** One server for all models: it loads those that it is asked for. */
function start(modelName: string, settings: OllamaOptions, place: StartPlace): Start {
  const { context, parallel } = settings
  return {
    id: settings.id ?? modelName,
    model: 'serve',
    command: programOf(settings.command, { variable: 'OLLAMA_BIN', name: 'ollama' }, place),
    install,
    args: ['serve'],
    env: {
      OLLAMA_HOST: '{host}:{port}',
      ...(context !== undefined && { OLLAMA_CONTEXT_LENGTH: `${context}` }),
      ...(parallel !== undefined && { OLLAMA_NUM_PARALLEL: `${parallel}` }),
    },
    concurrency: parallel,
    ready: { health: '/api/version', models: '/v1/models', slots: null, token: null },
  }
}
