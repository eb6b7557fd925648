import type { ListedModel } from '../../src/provider/provider.ts'
import type { ApiServer } from '../../src/request/api-error.ts'
import { parseModels as parseList } from '../openai-compatible/lists.ts'

/** Reads the list of models, whose ids are whole URIs: within the folder, a spec leaves it out. */
export function parseModels(
  body: unknown,
  folder: string | undefined,
  server: ApiServer,
): ListedModel[] {
  return parseList(body, server).map((model) => {
    const [, owner, name] = /^(?:gpt|emb):\/\/([^/]+)\/(.+)$/.exec(model.id) ?? []
    return { ...model, ...(name && owner === folder && { name }) }
  })
}
