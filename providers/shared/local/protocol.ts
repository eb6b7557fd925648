import * as v from 'valibot'
import type { Model } from '../../../src/model/model.ts'
import type { ListedModel } from '../../../src/provider/provider.ts'
import type { ApiServer } from '../../../src/request/api-error.ts'
import { createClient } from '../../openai-compatible/client.ts'
import { parseModels } from '../../openai-compatible/lists.ts'
import { openaiCompatibleModel } from '../../openai-compatible/model.ts'
import type { Client } from '../remote/client.ts'
import type { Connection } from '../remote/connect.ts'
import type { LocalServerOptions } from './options.ts'

/** How a local server is spoken to. */
export interface LocalProtocol<Options extends LocalServerOptions> {
  /** What its methods are below: follows the server's root. */
  readonly path: `/${string}`
  /** Its method that lists the models. */
  readonly models: `/${string}`
  /** The package that its client needs, which people install by themselves. */
  readonly peer?: string
  createClient(connection: Connection): Client | Promise<Client>
  /** Reads the list of models. @throws AssayError for what is none */
  parseModels(body: unknown, server: ApiServer): readonly ServedModel[]
  createModel(model: LocalModel<Options>): Model
}

/** A model as a server lists it. */
export interface ServedModel extends ListedModel {
  /** Further names that requests may call it by. */
  readonly aliases?: readonly string[]
}

/** A model that a server was found to have. */
export interface LocalModel<Options extends LocalServerOptions> {
  readonly client: Client
  /** As in the spec. */
  readonly name: string
  /** As requests name it. */
  readonly id: string
  readonly settings: Options
}

/** OpenAI's chat completions, which most local servers speak. */
export const chatCompletions: LocalProtocol<LocalServerOptions> = {
  path: '/v1',
  models: '/models',
  peer: 'openai',
  createClient,
  parseModels(body, server) {
    const aliases = v.is(withAliases, body) ? body.data.map((one) => one.aliases ?? []) : []
    return parseModels(body, server).map((model, index) => ({
      ...model,
      ...(aliases[index]?.length && { aliases: aliases[index] }),
    }))
  },
  createModel: (model) => openaiCompatibleModel({ ...model, price: 'free' }),
}

const withAliases = v.object({
  data: v.array(v.object({ aliases: v.nullish(v.array(v.string())) })),
})
