import * as v from 'valibot'
import { AssayError } from '../src/model/error.ts'
import type { ProviderContext } from '../src/provider/define-provider.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { type Attached, attachedTo, below, rootOf } from './local/attach.ts'
import { localServer } from './local/local-server.ts'
import {
  count,
  type LocalServerOptions,
  localServerOptions,
  type ProgramOptions,
  programOptions,
} from './local/options.ts'
import { programOf, type Start, type StartPlace } from './local/start.ts'

/**
 * Options of a set-up. Those of the start are for where no Ollama runs; the program is then `OLLAMA_BIN` or
 * `ollama` where `command` is not given.
 */
export interface OllamaOptions extends LocalServerOptions, Pick<ProgramOptions, 'command'> {
  /** Tokens of prompt and response together. @default Ollama's choice */
  readonly context?: number | undefined
  /** Requests that one model works on at once. @default Ollama's choice */
  readonly parallel?: number | undefined
}

/** The schema of OllamaOptions. */
export const ollamaOptions: v.GenericSchema<unknown, OllamaOptions> = v.strictObject({
  ...localServerOptions,
  command: programOptions.command,
  context: count,
  parallel: count,
})

/** A model that Ollama has pulled: `ollama/qwen3`. */
const provider: ModelProvider = localServer({
  name: 'ollama',
  options: ollamaOptions,
  health: '/api/version',
  start,
  find,
  choosesModels: true,
  matches: (listed, wanted) => listed === `${wanted}:latest`,
  remedy: (wanted) => `Get it with \`ollama pull ${wanted}\`.`,
})

export default provider

const USUAL = 'http://127.0.0.1:11434'
const PATIENCE = 2000

const install = `No Ollama answers at ${USUAL}: start it, install it as https://ollama.com/download says, or set \
OLLAMA_BIN to the path of its program.`

/** Where Ollama runs: where it is said to, or else where it usually does. */
async function find(
  settings: OllamaOptions,
  context: ProviderContext,
): Promise<Attached | undefined> {
  const given = attachedTo('ollama', settings, context.env)
  if (given) return given
  const host = context.env['OLLAMA_HOST']?.trim()
  if (host) return { root: hostURL(host), from: 'OLLAMA_HOST' }
  const usual = { root: new URL(USUAL), from: "Ollama's default" }
  const once = context.request.with({
    local: true,
    settings: { attempts: 1, timeout: PATIENCE, deadline: PATIENCE },
  })
  try {
    await (await once(below(usual.root, '/api/version'))).text()
    return usual
  } catch (error) {
    if (!AssayError.is(error)) throw error
    if (error.kind === 'network' || error.kind === 'timeout') return undefined
    if (error.status !== undefined) return usual // something answers; what it is, is asked next
    throw error
  }
}

/** The variable that Ollama's own programs read: a host, with or without scheme and port. */
function hostURL(host: string): URL {
  const value = host.replace(/^(https?:\/\/)?(?=:\d)/, '$1127.0.0.1') // a port alone is one of this machine
  const hasScheme = /^https?:\/\//.test(value)
  const url = rootOf(hasScheme ? value : `http://${value}`, 'OLLAMA_HOST')
  if (!hasScheme && !/:\d+(?:\/|$)/.test(value)) url.port = '11434'
  // a server listens there on all addresses; nobody can call them
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  return url
}

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
