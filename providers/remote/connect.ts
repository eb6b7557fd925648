import type { ErrorKind } from '../../src/model/error.ts'
import type { Secret } from '../../src/model/secret.ts'
import type { ProviderContext } from '../../src/provider/define-provider.ts'
import { parseKeys } from '../../src/provider/keys.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import type { Fetch } from '../../src/request/pipe.ts'
import { secretsIn } from '../openai-compatible/endpoint.ts'
import type { RemoteOptions } from './options.ts'
import { requireKey } from './vendors.ts'

/** Keys as users give them; what is not there counts for nothing. */
export type ApiKeys = readonly (string | Secret | undefined)[]

/** A remote server as a set-up asks for it. */
export interface Remote {
  readonly provider: string
  /** As the server names it; '' for a request that is for no model. */
  readonly model: string
  readonly baseURL: URL
  readonly settings: RemoteOptions
  /** In place of the keys of the environment. */
  readonly apiKeys?: ApiKeys | undefined
  /** Headers that can carry a key: one that the user gives takes the place of ours. */
  readonly keyHeaders: readonly string[]
  readonly authorize?: ((headers: Headers, key: Secret) => void) | undefined
  readonly errorKinds?: ReadonlyMap<string, ErrorKind> | undefined
}

/** What an SDK is made of. */
export interface Connection {
  readonly server: ApiServer
  readonly baseURL: URL
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The seam of this endpoint, which adds the key. */
  readonly request: Fetch
}

/** Finds the keys and the seam for a server. @throws AssayError where a vendor's server needs a key */
export function connect(
  { provider, model, baseURL, settings, apiKeys, keyHeaders, authorize, errorKinds }: Remote,
  context: ProviderContext,
): Connection {
  const { headers = {}, limits } = settings
  const hasOwn = Object.keys(headers).some((name) => keyHeaders.includes(name.toLowerCase()))
  const given = apiKeys ? parseKeys(apiKeys, `${provider}: API keys`) : context.keys
  const keys = hasOwn ? [] : given
  if (!hasOwn && keys.length === 0) requireKey(provider, baseURL)
  const secrets = secretsIn(baseURL, headers, settings.body)
  return {
    server: { provider, secrets: [...keys, ...secrets], errorKinds },
    baseURL,
    headers,
    request: context.request.with({
      model,
      keys,
      secrets,
      limits,
      settings,
      authorize,
      errorKinds,
    }),
  }
}
