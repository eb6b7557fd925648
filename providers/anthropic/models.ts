import * as v from 'valibot'
import type { ListedModel } from '../../src/provider/provider.ts'
import type { Client } from '../shared/remote/client.ts'
import { malformed, parse } from '../shared/wire/parse.ts'

const page = v.object({
  data: v.array(v.object({ id: v.string() })),
  has_more: v.fallback(v.boolean(), false),
  last_id: v.fallback(v.nullable(v.string()), null),
})

const WHAT = 'list of models'

/** Reads the list of models, over all its pages. */
export async function listModels(client: Client): Promise<ListedModel[]> {
  const { server } = client
  const models: ListedModel[] = []
  let after = ''
  for (;;) {
    const body = await client.get(`/v1/models?limit=1000${after}`)
    const { data, has_more: hasMore, last_id: last } = parse(page, body, WHAT, server)
    models.push(...data.map(({ id }) => ({ id })))
    if (!hasMore) return models
    const next = `&after_id=${encodeURIComponent(last ?? '')}`
    if (!last) throw malformed(WHAT, server, 'there are more, and `last_id` is missing')
    if (next === after) throw malformed(WHAT, server, 'a page comes again')
    after = next
  }
}
