import { AssayError } from '../../src/model/error.ts'
import type { ProviderContext } from '../../src/provider/definition.ts'
import { type Attached, attachedTo, below, rootOf } from '../shared/local/attach.ts'
import { ownKeys } from '../shared/remote/connect.ts'
import { isTrusted, requireEncryption, type Vendor } from '../shared/remote/vendors.ts'
import type { LocalServerOptions } from '../shared/local/options.ts'

/** Where Ollama runs unless somebody has moved it. */
export const USUAL = 'http://127.0.0.1:11434'
const PATIENCE = 2000
/** Whose key OLLAMA_API_KEY is: servers elsewhere want one of their own, or none. */
const cloud: Vendor = { name: 'ollama', domains: ['ollama.com'] }

/** What may say where Ollama runs. */
export interface Whereabouts extends LocalServerOptions {
  /**
   * The machine where an Ollama runs already, as in 'localhost'; `port` is then its port there. It is neither started
   * nor stopped.
   */
  readonly host?: string | undefined
}

/** Where Ollama runs: where it is said to, or else where it usually does. */
export async function findOllama(
  settings: Whereabouts,
  context: ProviderContext,
): Promise<Attached | undefined> {
  const found = saidIn(settings, context) ?? (await usualOne(context))
  if (!found) return undefined
  if (context.keys.length > 0 && !ownKeys(settings))
    requireEncryption(cloud, found.root, found.from)
  return { ...found, ownKeysOnly: !isTrusted(cloud, found.root) }
}

function saidIn(settings: Whereabouts, { env }: ProviderContext): Attached | undefined {
  const given = atHost(settings) ?? attachedTo('ollama', settings, env)
  if (given) return { ...given, root: withoutApi(given.root) }
  const host = env['OLLAMA_HOST']?.trim()
  return host ? { root: hostURL(host, 'OLLAMA_HOST'), from: 'OLLAMA_HOST' } : undefined
}

async function usualOne(context: ProviderContext): Promise<Attached | undefined> {
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

function atHost({ host, port, attach }: Whereabouts): Attached | undefined {
  if (host === undefined) return undefined
  if (attach !== undefined) throw wrong('`attach` and `host` both say where it runs; give one.')
  if (port !== undefined && typeof port !== 'number') {
    throw wrong('`port` beside `host` is the port of the Ollama there; give one number.')
  }
  const root = hostURL(host, 'ollama: `host`')
  if (port !== undefined) root.port = String(port)
  return { root, from: '`host`' }
}

/** What Ollama's own programs read: a host, with or without scheme and port. */
function hostURL(host: string, where: string): URL {
  const value = host.replace(/^(https?:\/\/)?(?=:\d)/, '$1127.0.0.1') // a port alone is one of this machine
  const hasScheme = /^https?:\/\//.test(value)
  const url = rootOf(hasScheme ? value : `http://${value}`, where)
  if (!hasScheme && !/:\d+(?:\/|$)/.test(value)) url.port = '11434'
  // a server listens there on all addresses; nobody can call them
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  return url
}

/** Ollama's documentation counts `/api` to the base URL. */
function withoutApi(root: URL): URL {
  const url = new URL(root)
  url.pathname = url.pathname.replace(/\/api$/, '')
  return url
}

function wrong(problem: string): AssayError {
  return new AssayError(`ollama: ${problem}`, { kind: 'config', provider: 'ollama' })
}
