import type { ServerLease } from '../../../src/model/lease.ts'
import type { Limits } from '../../../src/model/permit.ts'
import type { Secret } from '../../../src/model/secret.ts'
import type { ProviderContext } from '../../../src/provider/definition.ts'
import { parseKeys } from '../../../src/provider/keys.ts'
import { secretsIn } from '../remote/endpoint.ts'
import type { Client } from '../remote/client.ts'
import { ownKeys } from '../remote/connect.ts'
import { below } from './attach.ts'
import type { LocalServerOptions } from './options.ts'
import type { LocalProtocol } from './protocol.ts'

/** A server of our own, as a set-up asks it. */
export interface LocalEndpoint {
  readonly provider: string
  readonly protocol: Pick<LocalProtocol<never>, 'path' | 'createClient'>
  /** As in the spec; '' for a request that is for no model. */
  readonly model: string
  /** What comes before the path of the protocol. Of a leased server a name that tells it apart: requests go to the lease's address. */
  readonly root: URL
  readonly ownKeysOnly?: boolean | undefined
  readonly lease?: ServerLease
  readonly settings: LocalServerOptions
  readonly limits?: Limits | undefined
}

export interface LocalConnection {
  /** Sends below the path of the protocol. */
  readonly client: Client
  /** Gets what is not below it. */
  get(path: string): Promise<Response>
}

export async function connectLocal(
  { provider, protocol, model, root, ownKeysOnly, lease, settings, limits }: LocalEndpoint,
  context: ProviderContext,
): Promise<LocalConnection> {
  const { headers = {}, body } = settings
  const keys = lease ? [] : attachedKeys({ provider, ownKeysOnly, settings }, context)
  const secrets = secretsIn(root, headers, body)
  const request = context.request.with({
    model,
    keys,
    secrets,
    limits,
    settings,
    server: root.href,
    local: true,
    ...(lease && { lease }),
  })
  const server = { provider, secrets: [...keys, ...secrets, ...(lease?.key ? [lease.key] : [])] }
  const baseURL = below(root, protocol.path)
  const client = await protocol.createClient({ server, baseURL, headers, request })
  return { client, get: (path) => request(below(root, path), { headers, redirect: 'manual' }) }
}

/** Whether requests to a server that runs already carry a key. */
export function carriesKey(endpoint: Keyed, context: ProviderContext): boolean {
  return hasOwnKey(endpoint.settings) || attachedKeys(endpoint, context).length > 0
}

type Keyed = Pick<LocalEndpoint, 'provider' | 'ownKeysOnly' | 'settings'>

function attachedKeys(
  { provider, ownKeysOnly, settings }: Keyed,
  { keys }: ProviderContext,
): readonly Secret[] {
  if (hasOwnKey(settings)) return []
  const own = ownKeys(settings)
  if (own) return parseKeys(own, `${provider}: API keys`)
  return ownKeysOnly ? [] : keys
}

/** A header of the user's own takes the place of the key. */
function hasOwnKey({ headers = {} }: LocalServerOptions): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
}
