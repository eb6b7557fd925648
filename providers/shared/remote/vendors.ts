import { AssayError } from '../../../src/model/error.ts'
import { baseVariable, type Env, namesOf, prefixOf } from '../../../src/provider/keys.ts'
import { parseBaseURL } from './endpoint.ts'

/**
 * Who has a provider's usual server. The keys of these go to their own domains or to this machine and nowhere
 * else: who has OPENAI_API_KEY for other tools does not expect a base URL to hand it to a third party.
 */
export interface Vendor {
  /** The provider's. */
  readonly name: string
  /** Other names of the provider, which its variables may begin with. */
  readonly aliases?: readonly string[] | undefined
  /** The variable in which people have its key. @default `NAME_API_KEY` */
  readonly keyVariable?: string | undefined
  /** As in 'openai.com': that and all below it. */
  readonly domains: readonly string[]
}

/** The base URL of a vendor's API: `NAME_API_BASE`, else `NAME_BASE_URL`, of the environment, else its own. */
export function vendorBaseURL(vendor: Vendor, env: Env, own: string): URL {
  const variable = baseVariable(env, namesOf(vendor))
  if (!variable) return parseBaseURL(own, `${vendor.name}: base URL`)
  const url = parseBaseURL(variable.value, variable.name)
  requireEncryption(vendor, url, variable.name)
  if (!isTrusted(vendor, url)) {
    throw new AssayError(
      `${variable.name} would send the key of ${vendor.name} to ${url.hostname}, which is neither of ` +
        `${vendor.domains.join(' or ')} nor local. Give that server a name of its own, as in ` +
        `MY_${prefixOf(vendor.name).toUpperCase()}_API_BASE.`,
      { kind: 'config', provider: vendor.name },
    )
  }
  return url
}

/** @throws AssayError where keys of the environment would go to another server, which `where` names */
export function requireOwnKeys(
  vendor: Vendor,
  url: URL,
  where: string = 'the option `baseURL`',
): void {
  requireEncryption(vendor, url, where)
  if (isTrusted(vendor, url)) return
  throw new AssayError(
    `${vendor.name}: ${where} would send its key to ${url.hostname}, which is neither of ` +
      `${vendor.domains.join(' or ')} nor local; give the key of that server as \`apiKey\`.`,
    { kind: 'config', provider: vendor.name },
  )
}

/** @throws AssayError where the vendor's own server would be asked, which answers nobody without a key */
export function requireKey({ name, domains, keyVariable }: Vendor, { hostname }: URL): void {
  if (!domains.some((domain) => isWithin(domain, hostname))) return
  const usual = keyVariable ?? `${prefixOf(name).toUpperCase()}_API_KEY`
  throw new AssayError(`${name}: there is no key: set ${usual}, or give \`apiKeys\`.`, {
    kind: 'config',
    provider: name,
  })
}

/** @throws AssayError where a vendor's own server would be asked so that others can read the key */
export function requireEncryption({ name, domains }: Vendor, url: URL, where: string): void {
  if (url.protocol === 'https:' || !domains.some((domain) => isWithin(domain, url.hostname))) return
  throw new AssayError(
    `${name}: ${where} would send its key over the network as it is; write https://${url.hostname}.`,
    { kind: 'config', provider: name },
  )
}

/** Whether keys of the vendor may go there. */
export function isTrusted({ domains }: Vendor, { hostname }: URL): boolean {
  return isLoopback(hostname) || domains.some((domain) => isWithin(domain, hostname))
}

function isWithin(domain: string, hostname: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

function isLoopback(hostname: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|\[::1\]|(?:.+\.)?localhost)$/.test(hostname)
}
