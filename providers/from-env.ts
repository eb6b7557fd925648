import { AssayError } from '../src/model/error.ts'
import type { ProviderContext } from '../src/provider/define-provider.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { openaiCompatible } from './openai-compatible.ts'
import { parseBaseURL } from './openai-compatible/endpoint.ts'

type Env = ProviderContext['env']

/** The variables of one provider, by what follows its name: `BASE`, `KEY`, `KEY_1`. */
type Variables = Map<string, Variable[]>

interface Variable {
  readonly name: string
  readonly value: string
}

/**
 * Makes a provider of each `NAME_API_BASE`: an OpenAI-compatible server, with the keys `NAME_API_KEY`,
 * `NAME_API_KEY_1`, … or without one. What is wrong with a provider's variables is an error when a model
 * of it is set up, so that other providers are not in its way.
 */
export function providersFromEnv(env: Env): ModelProvider[] {
  return [...variablesByProvider(env)]
    .filter(([, variables]) => variables.has('BASE'))
    .map(([name, variables]) =>
      openaiCompatible({
        name,
        baseURL: () => baseURLOf(name, variables),
        apiKeys: () => apiKeysOf(variables),
      }),
    )
}

const pattern = /^(?<provider>.+?)_API_(?<part>BASE|KEY(?:_\d+)?)$/

function variablesByProvider(env: Env): Map<string, Variables> {
  const providers = new Map<string, Variables>()
  for (const [name, given] of Object.entries(env)) {
    const { provider, part } = pattern.exec(name)?.groups ?? {}
    const value = given?.trim()
    if (!provider || !part || !value) continue
    const variables = entryOf(providers, provider.toLowerCase(), () => new Map())
    entryOf(variables, part, () => []).push({ name, value })
  }
  return providers
}

function baseURLOf(provider: string, variables: Variables): string {
  const { name, value } = only(variables.get('BASE')!)
  const { href, hostname } = parseBaseURL(value, name)
  const domain = vendors.get(provider)
  if (domain && !isLoopback(hostname) && !isWithin(domain, hostname)) {
    throw new AssayError(
      `${name} would send the key of ${provider} to ${hostname}, which is neither of ${domain} nor ` +
        `local. Give that server a name of its own, as in MY_${name}.`,
      { kind: 'config', provider },
    )
  }
  return href
}

/** The unsuffixed key first, then by number. */
function apiKeysOf(variables: Variables): string[] {
  return [...variables]
    .filter(([part]) => part !== 'BASE')
    .toSorted(([a], [b]) => numberOf(a) - numberOf(b))
    .map(([, spellings]) => only(spellings).value)
}

function numberOf(part: string): number {
  return part === 'KEY' ? -1 : Number(part.slice('KEY_'.length))
}

/** One variable may be spelled in two ways (`OPencode_…`, `OPENCODE_…`) as long as they agree. */
function only([first, ...others]: readonly Variable[]): Variable {
  const other = others.find(({ value }) => value !== first!.value)
  if (!other) return first!
  throw new AssayError(
    `${first!.name} and ${other.name} are one variable with two values; remove one of them.`,
    { kind: 'config' },
  )
}

/**
 * The keys of these go to the vendor's own domain or to this machine and nowhere else: who has
 * OPENAI_API_KEY for other tools does not expect a base URL to hand it to a third party.
 */
const vendors = new Map([
  ['openai', 'openai.com'],
  ['anthropic', 'anthropic.com'],
  ['google', 'googleapis.com'],
  ['gemini', 'googleapis.com'],
  ['nvidia', 'nvidia.com'],
  ['mistral', 'mistral.ai'],
  ['cohere', 'cohere.com'],
  ['groq', 'groq.com'],
  ['openrouter', 'openrouter.ai'],
  ['chutes', 'chutes.ai'],
])

function isWithin(domain: string, hostname: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

function isLoopback(hostname: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|\[::1\]|(?:.+\.)?localhost)$/.test(hostname)
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const value = map.get(key) ?? create()
  map.set(key, value)
  return value
}
