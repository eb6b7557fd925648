import { createModel } from '../src/model/create-model.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderContext } from '../src/provider/definition.ts'
import type { ListedModel, ModelProvider } from '../src/provider/provider.ts'
import { type Connection, connect, type Remote } from './shared/remote/connect.ts'
import { type RestOptions, restOptions } from './rest/options.ts'
import { hasPlaceholder, wrong } from './rest/placeholders.ts'
import { readNames, readResponse } from './rest/response.ts'
import { send } from './rest/send.ts'
import { readStreamed } from './rest/stream.ts'
import { parseTemplate } from './rest/template.ts'
import { parseUrl } from './rest/url.ts'
import { valuesOf } from './rest/values.ts'

export type { RestOptions }

declare module 'vitest-assay' {
  interface ProviderOptions {
    rest: RestOptions
  }
}

/** Any API that takes a prompt and gives a text over HTTP, by a template: `rest/any-name`. */
const provider: ModelProvider = defineProvider({
  name: 'rest',
  options: restOptions,
  async setup(modelName, settings: RestOptions, context) {
    checkOptions(settings)
    const { id: model = modelName, stream, response: path } = settings
    const template = parseTemplate(settings, { streaming: false })
    const streamTemplate = parseTemplate(settings, { streaming: true })
    const { url, literals } = template
    const fields = { ...literals, ...Object.fromEntries(streamTemplate.url.searchParams) }
    const connection = open(modelName, { url, fields, settings }, context)
    const { server } = connection
    return createModel({
      provider: 'rest',
      name: modelName,
      price: await context.pricing(modelName, { id: model, baseURL: url }),
      async generate(messages, call) {
        const { places, fill } = template
        const values = valuesOf({ messages, call, settings, model, places, stream: false })
        const response = await send(connection, settings, fill(values), call.signal)
        return { servedBy: model, ...(await readResponse(response, settings)) }
      },
      ...(stream &&
        path !== undefined && {
          async *stream(messages, call) {
            const { places, fill } = streamTemplate
            const values = valuesOf({ messages, call, settings, model, places, stream: true })
            const response = await send(connection, settings, fill(values), call.signal)
            const whole = { ...settings, response: path }
            const paths = { ...whole, ...stream }
            const rest = yield* readStreamed({ response, paths, whole, server })
            return { servedBy: model, ...rest }
          },
        }),
    })
  },
  async listModels(settings: RestOptions, context): Promise<ListedModel[]> {
    const { models } = settings
    if (!models) throw wrong('no list of models is known: say where it is with `models`.')
    if (hasPlaceholder(models.url)) throw wrong('`models.url`: it has no placeholders.')
    const url = parseUrl(models.url, '`models.url`').fixed
    const connection = open('', { url, fields: {}, settings }, context)
    const response = await send(connection, { ...settings, method: 'GET' }, { url: url.href })
    return (await readNames(response, models.response)).map((id) => ({ id }))
  },
})

export default provider

interface Place {
  readonly url: URL
  /** What is sent as it stands, and may hold a key. */
  readonly fields: Readonly<Record<string, string>>
  readonly settings: RestOptions
}

function open(
  model: string,
  { url, fields, settings }: Place,
  context: ProviderContext,
): Connection {
  const { keyHeader } = settings
  const remote: Remote = {
    provider: 'rest',
    model,
    baseURL: url,
    settings: { ...settings, body: fields },
    keyHeaders: ['authorization', ...(keyHeader ? [keyHeader.toLowerCase()] : [])],
    jsonLines: true,
    ...(keyHeader && {
      authorize: (headers, key) => headers.set(keyHeader, key.reveal()),
    }),
  }
  return connect(remote, context)
}

const ofJson = ['usage', 'finishReason', 'servedBy', 'blocked', 'stream'] as const

/** What no schema sees. */
function checkOptions(settings: RestOptions): void {
  const { headers = {}, response } = settings
  const header = Object.keys(headers).find((name) => hasPlaceholder(headers[name]!))
  if (header !== undefined) {
    throw wrong(`\`headers.${header}\`: placeholders stand in \`url\` and \`body\` alone.`)
  }
  const lost = ofJson.find((name) => settings[name] !== undefined)
  if (response === undefined && lost !== undefined) {
    throw wrong(`\`${lost}\` needs \`response\`, the path of the text, beside it.`)
  }
}
