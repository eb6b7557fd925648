import { importPeer } from '../../src/provider/import-peer.ts'
import type { Connection } from '../shared/remote/connect.ts'
import type { Client } from '../shared/remote/client.ts'
import { clientOf, sdkOptions } from '../shared/sdk/client.ts'
import { ownHeaders } from '../shared/sdk/own-headers.ts'

export async function createClient({
  server,
  baseURL: { origin, pathname, searchParams },
  headers,
  request,
}: Connection): Promise<Client> {
  const { Anthropic } = await importPeer(
    '@anthropic-ai/sdk',
    server.provider,
    () => import('@anthropic-ai/sdk'),
  )
  const sdk = new Anthropic({
    ...sdkOptions,
    baseURL: `${origin}${pathname}`,
    defaultQuery: Object.fromEntries(searchParams),
    fetch: ownHeaders({ headers, keep: ['anthropic-version'] })(request),
    openTelemetry: false,
  })
  return clientOf(sdk, server)
}
