import { onTestFinished } from 'vitest'
import { type Handler, type HttpServer, type Reply, serve } from '../../support/http-server.ts'
import wrongKey from '../../responses/openai/wrong-key.json' with { type: 'json' }
import { KEY } from './examined.ts'

export interface AcmeServer extends HttpServer {
  /** Variables that make it the provider `acme`. */
  readonly env: Readonly<Record<string, string>>
}

/** What the server does otherwise than a good one. */
export type Acting = Partial<Record<'list' | 'chat', Reply | 'silent'>>

/** A server that speaks OpenAI's protocol, with the models `small` and `large`, which do what they are told. */
export async function acmeServer({ list, chat }: Acting = {}): Promise<AcmeServer> {
  const handler: Handler = (request, response) => {
    const { method, headers } = request
    const own = method === 'GET' ? list : chat
    if (own) return own === 'silent' ? undefined : own
    if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, body: wrongKey.body }
    if (method === 'GET') return { body: { data: [{ id: 'small' }, { id: 'large' }] } }
    const { model, messages, stream } = request.json as unknown as ChatRequest
    if (!['small', 'large'].includes(model)) {
      const message = `The model '${model}' does not exist`
      return { status: 404, body: { error: { message, code: 'model_not_found' } } }
    }
    const text = answerTo(messages.at(-1)!.content)
    if (!stream)
      return { body: completion(model, { message: { role: 'assistant', content: text } }) }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const content of text.match(/\S+\s*/g)!)
      response.write(event(model, { delta: { content } }))
    response.end(`${event(model, { delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`)
    return undefined
  }
  const server = await serve(handler)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { ...server, env: { ACME_API_BASE: `${server.url}/v1`, ACME_API_KEY: KEY } }
}

interface ChatRequest {
  readonly model: string
  readonly messages: readonly { readonly content: string }[]
  readonly stream?: boolean
}

/** A model that repeats a number and counts to twelve where it is told to. */
export function answerTo(prompt: string): string {
  if (prompt.includes('from 1 to 12')) return '1 2 3 4 5 6 7 8 9 10 11 12'
  return /: (\d+)$/.exec(prompt)?.[1] ?? 'Hello'
}

function completion(model: string, choice: object) {
  return {
    id: 'c-1',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, finish_reason: 'stop', ...choice }],
    usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
  }
}

function event(model: string, choice: object): string {
  const choices = [{ index: 0, finish_reason: null, ...choice }]
  const chunk = { id: 'c-1', object: 'chat.completion.chunk', model, choices }
  return `data: ${JSON.stringify(chunk)}\n\n`
}
