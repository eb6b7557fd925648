import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import { baseVariable, prefixOf } from '../../src/provider/keys.ts'
import type { ProviderContext } from '../../src/provider/define-provider.ts'
import type { Client } from '../remote/client.ts'
import { parseBaseURL } from '../openai-compatible/endpoint.ts'
import { parseModels } from '../openai-compatible/lists.ts'
import type { LocalServerOptions } from './options.ts'

type Env = ProviderContext['env']

/** Where a server is said to run already. */
export interface Attached {
  readonly root: URL
  /** For people: the option or the variable that says so. */
  readonly from: string
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
  const prefix = prefixOf(provider)
  const usual = `${prefix.toUpperCase()}_BASE_URL`
  const base = baseVariable(env, [prefix])
  const { name, value = '' } = base ?? { name: usual, value: env[usual]?.trim() }
  return value === '' ? undefined : { root: rootOf(value, name), from: name }
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

/** A model that a server lists, by its names. */
export type Names = readonly [id: string, ...aliases: string[]]

/** The models that a server lists. */
export async function listedBy(client: Client): Promise<readonly Names[]> {
  const body = await client.get('/models')
  const aliases = v.is(withAliases, body) ? body.data.map((one) => one.aliases ?? []) : []
  return parseModels(body, client.server).map(({ id }, index) => [id, ...(aliases[index] ?? [])])
}

const withAliases = v.object({
  data: v.array(v.object({ aliases: v.nullish(v.array(v.string())) })),
})

/** Whether a name in the list is the model that is wanted. */
export type Matches = (listed: string, wanted: string) => boolean

/** The listed name of a model. @throws AssayError saying what is served in its place */
export function requireListed(
  listed: readonly Names[],
  wanted: string,
  { matches, where, remedy }: { matches: Matches; where: Served; remedy: string },
): string {
  const names = listed.flat()
  const found = names.find((name) => name === wanted) ?? names.find((name) => matches(name, wanted))
  if (found !== undefined) return found
  const others = listed.map(([id]) => `'${id}'`).join(', ')
  throw new AssayError(
    `${where.provider}: ${where.server} does not serve '${wanted}'; it serves ${others || 'no model'}. ${remedy}`,
    { kind: 'not_found', provider: where.provider },
  )
}

interface Served {
  readonly provider: string
  /** For people. */
  readonly server: string
}
