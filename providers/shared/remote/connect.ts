import type { ErrorKind } from '../../../src/model/error.ts'
import type { Secret } from '../../../src/model/secret.ts'
import type { ProviderContext } from '../../../src/provider/definition.ts'
import { parseKeys } from '../../../src/provider/keys.ts'
import type { ApiServer } from '../../../src/request/api-error.ts'
import type { Fetch, Middleware } from '../../../src/request/pipe.ts'
import { secretsIn } from './endpoint.ts'
import type { HostOptions, RemoteOptions } from './options.ts'
import { tlsOf } from './tls.ts'
import { requireKey, requireOwnKeys, type Vendor } from './vendors.ts'

/** Keys as users give them; what is not there counts for nothing. */
export type ApiKeys = readonly (string | Secret | undefined)[]

/** A remote server as a set-up asks for it. */
export interface Remote {
  readonly provider: string
  /** Who has the usual server, where that is a company: it gets its keys, and nobody else does. */
  readonly vendor?: Vendor | undefined
  /** As the server names it; '' for a request that is for no model. */
  readonly model: string
  readonly baseURL: URL
  readonly settings: RemoteOptions & HostOptions
  /** In place of the keys of the environment. @default `apiKeys`, else `apiKey`, of the settings */
  readonly apiKeys?: ApiKeys | undefined
  /** Headers that can carry a key: one that the user gives takes the place of ours. */
  readonly keyHeaders: readonly string[]
  readonly authorize?: ((headers: Headers, key: Secret) => void) | undefined
  /** Gets a token with a key, in place of `authorize`. What it gets must be hidden. */
  readonly signIn?: ((key: Secret, hide: (secret: Secret) => void) => Middleware) | undefined
  readonly errorKinds?: ReadonlyMap<string, ErrorKind> | undefined
  /** What names the base URL, in errors. @default the option `baseURL` */
  readonly where?: string | undefined
  /** As those of an endpoint. */
  readonly followUp?: Middleware | undefined
  readonly jsonLines?: boolean | undefined
}

/** What a client is made of. */
export interface Connection {
  readonly server: ApiServer
  readonly baseURL: URL
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The seam of this endpoint, which adds the key. */
  readonly request: Fetch
}

/** Finds the keys and the seam for a server. @throws AssayError where a vendor's server needs a key */
export function connect(
  {
    provider,
    vendor,
    model,
    baseURL,
    settings,
    apiKeys = ownKeys(settings),
    keyHeaders,
    authorize,
    signIn,
    errorKinds,
    where,
    followUp,
    jsonLines,
  }: Remote,
  context: ProviderContext,
): Connection {
  const { headers = {}, limits, body } = settings
  const hasOwn = Object.keys(headers).some((name) => keyHeaders.includes(name.toLowerCase()))
  const given = apiKeys ? parseKeys(apiKeys, `${provider}: API keys`) : context.keys
  const keys = hasOwn ? [] : given
  if (vendor && !hasOwn && keys.length === 0) requireKey(vendor, baseURL)
  if (vendor && keys.length > 0 && !(apiKeys && isBeside(context)))
    requireOwnKeys(vendor, baseURL, where)
  const secrets = [...keys, ...secretsIn(baseURL, headers, body)]
  const hide = (secret: Secret) => void secrets.push(secret)
  return {
    server: { provider, secrets, errorKinds },
    baseURL,
    headers,
    request: context.request.with({
      model,
      keys,
      secrets,
      limits,
      settings,
      authorize,
      ...(signIn && { signIn: (key) => signIn(key, hide) }),
      tls: tlsOf(provider, settings, context.baseDir),
      errorKinds,
      followUp,
      jsonLines,
    }),
  }
}

/** Whether the key and the address come from one place: a variable must not move a key that stands elsewhere. */
function isBeside({ sourceOf }: ProviderContext): boolean {
  const key = sourceOf('apiKey') ?? sourceOf('apiKeys')
  const host = sourceOf('baseURL') ?? sourceOf('endpoint') ?? sourceOf('authURL')
  return key === undefined || host === undefined || key === host
}

/** The keys that a set-up gives; nothing where it leaves them to the environment. */
export function ownKeys({ apiKeys, apiKey }: RemoteOptions): ApiKeys | undefined {
  return apiKeys ?? (apiKey === undefined ? undefined : [apiKey])
}
