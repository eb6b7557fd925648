import * as v from 'valibot'
import type { ListedModel } from '../../src/provider/provider.ts'
import type { Client } from '../shared/remote/client.ts'
import { malformed, parse } from '../shared/wire/parse.ts'

const page = v.object({
  models: v.array(v.object({ name: v.string() })),
  nextPageToken: v.optional(v.string(), ''),
})

const WHAT = 'list of models'

/** Reads the list of models, over all its pages. https://ai.google.dev/api/models */
export async function listModels(client: Client): Promise<ListedModel[]> {
  const { server } = client
  const models: ListedModel[] = []
  let token = ''
  for (;;) {
    const query = token && `&pageToken=${encodeURIComponent(token)}`
    const body = await client.get(`/models?pageSize=1000${query}`)
    const { models: listed, nextPageToken: next } = parse(page, body, WHAT, server)
    if (next && next === token) throw malformed(WHAT, server, 'a page comes again')
    models.push(...listed.map(({ name }) => ({ id: name.replace(/^models\//, '') })))
    if (!next) return models
    token = next
  }
}
