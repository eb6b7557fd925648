import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import type { Client } from '../shared/remote/client.ts'

const page = v.object({
  data: v.array(v.object({ id: v.string() })),
  has_more: v.fallback(v.boolean(), false),
  last_id: v.fallback(v.nullable(v.string()), null),
})

/** Reads the list of models, over all its pages. */
export async function listModels(client: Client): Promise<ListedModel[]> {
  const { provider } = client.server
  const models: ListedModel[] = []
  let after = ''
  for (;;) {
    const result = v.safeParse(page, await client.get(`/v1/models?limit=1000${after}`))
    const { data, has_more: hasMore, last_id: last } = result.success ? result.output : {}
    const next = `&after_id=${encodeURIComponent(last ?? '')}`
    if (!data || (hasMore && (!last || next === after))) {
      const message = `${provider}: the response is no list of models.`
      throw new AssayError(message, { kind: 'parse', provider })
    }
    models.push(...data.map(({ id }) => ({ id })))
    if (!hasMore) return models
    after = next
  }
}
