import { basename } from 'node:path'
import * as v from 'valibot'
import { AssayError } from '../src/model/error.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { pathOf } from './shared/local/files.ts'
import { localServer } from './shared/local/local-server.ts'
import { type LocalServerOptions, localServerOptions, word } from './shared/local/options.ts'
import { absolute, type Start, type StartPlace, tokenOf } from './shared/local/start.ts'

/** Options of a set-up: how any server that speaks OpenAI's protocol is started. */
export interface CommandOptions extends LocalServerOptions {
  /**
   * The words of the command line, in which, and in `env`, `{host}` and `{port}` stand for where it is to listen,
   * `{model}` for the model's name or path, `{name}` for how requests name it, and `{nonce}` for a word that only
   * this start has: where it is a part of a name that the server lists, no other is taken for it.
   */
  readonly command?: readonly string[] | undefined
  /** Path that answers 200 as soon as the server can be asked. @default '/health' */
  readonly health?: string | undefined
  /** Variable from which the server reads the key that requests carry. @default it has none */
  readonly keyVariable?: string | undefined
  /** Whether the model only embeds. @default false */
  readonly embedding?: boolean | undefined
}

/** The schema of CommandOptions. */
export const commandOptions: v.GenericSchema<unknown, CommandOptions> = v.strictObject({
  ...localServerOptions,
  command: v.optional(
    v.pipe(v.array(v.string()), v.nonEmpty('expected the program and its arguments')),
  ),
  health: v.optional(
    v.pipe(v.string(), v.startsWith('/', "expected a path that begins with '/', as '/health'")),
  ),
  keyVariable: word,
  embedding: v.optional(v.boolean()),
})

const HEALTH = '/health'

declare module 'vitest-assay' {
  interface ProviderOptions {
    command: CommandOptions
  }
}

/** A model behind any server that speaks OpenAI's protocol, started by a command of your own. */
const provider: ModelProvider = localServer({
  name: 'command',
  options: commandOptions,
  health: ({ health = HEALTH }) => health,
  start,
})

export default provider

function start(modelName: string, settings: CommandOptions, { baseDir }: StartPlace): Start {
  const { command = [], env = {}, health = HEALTH, keyVariable = null, embedding } = settings
  const [program, ...args] = command
  if (program === undefined) {
    throw wrong('`command` is missing: give the words of the command line that starts the server.')
  }
  const path = pathOf(modelName, baseDir, 'file') ?? pathOf(modelName, baseDir, 'folder')
  const id = settings.id ?? (path ? basename(path) : modelName)
  const fill = (text: string) =>
    text.replaceAll('{model}', path ?? modelName).replaceAll('{name}', id)
  const all = [...args, ...Object.values(env)]
  if (!all.some((text) => text?.includes('{port}'))) {
    throw wrong(
      '`command`: expected `{port}` in an argument, or in `env`, for where it is to listen.',
    )
  }
  return {
    id,
    command: absolute(fill(program), baseDir),
    install: 'Install it, or give its path as the first word of `command`.',
    args: args.map((text) => fill(text)),
    env: Object.fromEntries(
      Object.entries(env).map(([variable, value]) => [variable, value && fill(value)]),
    ),
    keyVariable,
    files: path === undefined ? [] : [path],
    ready: { health, models: '/v1/models', slots: null, token: tokenOf(id, embedding) },
  }
}

function wrong(problem: string): AssayError {
  return new AssayError(`command: ${problem}`, { kind: 'config', provider: 'command' })
}
