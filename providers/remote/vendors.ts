import { AssayError } from '../../src/model/error.ts'
import { onlyOf, type Variable, variablesByProvider } from '../../src/provider/keys.ts'
import { parseBaseURL } from '../openai-compatible/endpoint.ts'

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

type Env = Readonly<Record<string, string | undefined>>

/** The base URL of a vendor's API: `NAME_API_BASE`, else `NAME_BASE_URL`, of the environment, else its own. */
export function vendorBaseURL(provider: string, env: Env, own: string): string {
  const spellings = variablesByProvider(env).get(provider)?.get('BASE')
  if (spellings) return baseURLIn(onlyOf(spellings), provider)
  const name = `${provider.toUpperCase()}_BASE_URL` // what the vendor's own SDK reads
  const value = env[name]?.trim()
  return value ? baseURLIn({ name, value }, provider) : own
}

/** The base URL in a variable. @throws AssayError where the key of a vendor would go to another's host */
export function baseURLIn({ name, value }: Variable, provider: string): string {
  const { href, hostname } = parseBaseURL(value, name)
  const domain = vendors.get(provider)
  if (domain && !isLoopback(hostname) && !isWithin(domain, hostname)) {
    throw new AssayError(
      `${name} would send the key of ${provider} to ${hostname}, which is neither of ${domain} nor ` +
        `local. Give that server a name of its own, as in MY_${provider.toUpperCase()}_API_BASE.`,
      { kind: 'config', provider },
    )
  }
  return href
}

/** @throws AssayError where the vendor's own server would be asked, which answers nobody without a key */
export function requireKey(provider: string, { hostname }: URL): void {
  const domain = vendors.get(provider)
  if (!domain || !isWithin(domain, hostname)) return
  const variable = `${provider.toUpperCase()}_API_KEY`
  throw new AssayError(`${provider}: there is no key: set ${variable}, or give \`apiKeys\`.`, {
    kind: 'config',
    provider,
  })
}

function isWithin(domain: string, hostname: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

function isLoopback(hostname: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|\[::1\]|(?:.+\.)?localhost)$/.test(hostname)
}
