import { baseVariable, prefixOf } from '../../../src/provider/keys.ts'
import type { ProviderContext } from '../../../src/provider/definition.ts'
import { parseBaseURL } from '../remote/endpoint.ts'
import type { LocalServerOptions } from './options.ts'

type Env = ProviderContext['env']

/** Where a server is said to run already. */
export interface Attached {
  readonly root: URL
  /** For people: the option or the variable that says so. */
  readonly from: string
  /** Whether keys of the environment are for another server, so that this one gets those of the options alone. */
  readonly ownKeysOnly?: boolean
}

/** What an option says, else `NAME_API_BASE` or `NAME_BASE_URL`. */
export function attachedTo(
  provider: string,
  { attach }: LocalServerOptions,
  env: Env,
): Attached | undefined {
  if (attach !== undefined) {
    return { root: rootOf(attach, `${provider}: \`attach\``), from: '`attach`' }
  }
  const base = baseVariable(env, [prefixOf(provider)])
  return base && { root: rootOf(base.value, base.name), from: base.name }
}

/** A server's URL without the `/v1` that most people give with it. */
export function rootOf(value: string, where: string): URL {
  const url = parseBaseURL(value, where)
  url.pathname = url.pathname.replace(/\/v1$/, '')
  return url
}

/** A URL below another. */
export function below(root: URL, path: string): URL {
  const url = new URL(root)
  url.pathname = url.pathname.replace(/\/$/, '') + path
  return url
}
