import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { canonicalJson } from '../../../src/model/canonical-json.ts'
import type { Readiness, ServerNeed } from '../../../src/model/lease.ts'
import type { ProviderContext } from '../../../src/provider/definition.ts'
import { stampOf } from './files.ts'
import { type HubModel, isComplete, revisionIn } from './hub.ts'
import type { LocalServerOptions } from './options.ts'

/** Where a set-up is made: the environment that the server will have, and the folder of relative paths. */
export type StartPlace = Pick<ProviderContext, 'env' | 'baseDir'>

type OwnPart = 'command' | 'install' | 'args' | 'ready'
type Usual = 'model' | 'env' | 'withoutEnv' | 'keyVariable' | 'stopAgain' | 'gpuShare'

/** What is special about the start of one kind of server. */
export interface Start extends Pick<ServerNeed, OwnPart>, Partial<Pick<ServerNeed, Usual>> {
  /** The model as requests name it. */
  readonly id: string
  /** Files and folders that decide on the responses, as absolute paths. */
  readonly files?: readonly string[]
  /** None where the model is not from Hugging Face. */
  readonly hub?: HubModel | undefined
  /** Requests that it works on at once, where it does not say so itself. */
  readonly concurrency?: number | undefined
}

const START_TIMEOUT = 600_000
const WITH_DOWNLOAD = 1_800_000

/**
 * The need for a server. The state of its files is a part of it: a server of the same files that were changed
 * since is another one.
 */
export async function needOf(
  { id: _id, concurrency: _concurrency, files = [], hub, ...start }: Start,
  settings: LocalServerOptions,
  { provider, model }: Pick<ServerNeed, 'provider' | 'model'>,
): Promise<ServerNeed> {
  const { env, gpus = [], requirements = {}, port = 'auto', stopGrace = 10_000 } = settings
  const downloads = hub !== undefined && !(await isComplete(hub)) ? hub.folder : null
  const stamps = await Promise.all(files.map((file) => stampOf(file)))
  return {
    provider,
    model,
    withoutEnv: [],
    keyVariable: null,
    stopAgain: null,
    gpuShare: 0,
    ...start,
    env: { ...env, ...start.env, ...(files.length > 0 && { ASSAY_FILES: hashOf(stamps) }) },
    cwd: process.cwd(), // the same for all eval files, which are to share the server
    port,
    startTimeout: settings.startTimeout ?? (downloads === null ? START_TIMEOUT : WITH_DOWNLOAD),
    stopGrace,
    gpus: gpus.map(String),
    requirements,
    downloads,
  }
}

/**
 * Tells servers apart by what decides on their responses, in this run and in others: command line, variables
 * that were set, files, and the commit of what came from Hugging Face.
 */
export async function identityOf(
  { command, args, env }: ServerNeed,
  { hub }: Pick<Start, 'hub'>,
): Promise<string> {
  const revision = hub === undefined ? null : await revisionIn(hub.folder)
  return hashOf({ command, args, env, revision })
}

/** The program that an option names, or a variable, or else a name on the PATH. */
export function programOf(
  given: string | undefined,
  { variable, name }: { readonly variable: string; readonly name: string },
  { env, baseDir }: StartPlace,
): string {
  if (given !== undefined) return absolute(given, baseDir)
  return absolute(env[variable]?.trim() || name, process.cwd())
}

/** A path as a path from the root; a name on the PATH stays one. */
export function absolute(command: string, folder: string): string {
  return /[/\\]/.test(command) ? resolve(folder, command) : command
}

/** The request for one token that makes a server ready. */
export function tokenOf(model: string, embedding: boolean | undefined): Readiness['token'] {
  if (embedding) return { path: '/v1/embeddings', body: { model, input: 'Hi' } }
  const messages = [{ role: 'user', content: 'Hi' }]
  return { path: '/v1/chat/completions', body: { model, messages, max_tokens: 1 } }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16)
}
