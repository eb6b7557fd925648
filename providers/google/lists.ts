import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import type { Client } from '../shared/remote/client.ts'

const page = v.object({
  models: v.array(v.object({ name: v.string() })),
  nextPageToken: v.optional(v.string(), ''),
})

/** Reads the list of models, over all its pages. https://ai.google.dev/api/models */
export async function listModels(client: Client): Promise<ListedModel[]> {
  const { provider } = client.server
  const models: ListedModel[] = []
  let token = ''
  for (;;) {
    const query = token && `&pageToken=${encodeURIComponent(token)}`
    const result = v.safeParse(page, await client.get(`/models?pageSize=1000${query}`))
    const { models: listed, nextPageToken: next } = result.success ? result.output : {}
    if (!listed || (next && next === token)) throw noList(provider)
    models.push(...listed.map(({ name }) => ({ id: name.replace(/^models\//, '') })))
    if (!next) return models
    token = next
  }
}

function noList(provider: string): AssayError {
  const message = `${provider}: the response is no list of models.`
  return new AssayError(message, { kind: 'parse', provider })
}
