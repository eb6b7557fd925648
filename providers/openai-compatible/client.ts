import { importPeer } from '../../src/provider/import-peer.ts'
import type { Connection } from '../shared/remote/connect.ts'
import type { Client } from '../shared/remote/client.ts'
import { clientOf, sdkOptions } from '../shared/sdk/client.ts'
import { ownHeaders } from '../shared/sdk/own-headers.ts'

export async function createClient({
  server,
  baseURL,
  headers,
  request,
}: Connection): Promise<Client> {
  const { OpenAI } = await importPeer('openai', server.provider, () => import('openai'))
  const sdk = new OpenAI({
    ...sdkOptions,
    baseURL: baseURL.href,
    fetch: ownHeaders({ headers })(request),
  })
  return clientOf(sdk, server)
}
