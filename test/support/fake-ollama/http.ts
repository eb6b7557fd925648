import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Runners } from './runners.ts'

interface ChatBody {
  readonly model: string
  readonly stream?: boolean
  readonly max_tokens?: number
}

/** Answers as the daemon does: its own paths under `/api`, and OpenAI's under `/v1`. */
export function createHandler(pulled: readonly string[], runners: Runners): RequestListener {
  const models = pulled.map(withTag)
  const entries = (names: readonly string[]) => names.map((name) => ({ name, model: name }))
  const gets: Readonly<Record<string, () => object>> = {
    '/api/version': () => ({ version: '0.99.0' }),
    '/api/tags': () => ({ models: entries(models) }),
    '/api/ps': () => ({ models: entries(runners.loaded()) }),
    '/v1/models': () => ({
      object: 'list',
      data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'library' })),
    }),
  }

  return (request, response) => {
    const path = request.url?.replace(/\?.*/, '') ?? ''
    const get = gets[path]
    if (request.method === 'POST' && path === '/v1/chat/completions') void chat(request, response)
    else if (path === '/') response.end('Ollama is running')
    else if (get && request.method === 'GET') sendJson(response, 200, get())
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
  }

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatBody
    if (!models.includes(withTag(body.model))) {
      const message = `model "${body.model}" not found, try pulling it first`
      const error = { message, type: 'api_error', param: null, code: null }
      return sendJson(response, 404, { error })
    }
    await runners.load(withTag(body.model))
    answer(response, body)
  }
}

function answer(response: ServerResponse, { model, stream, max_tokens: limit }: ChatBody): void {
  const words = ['I', ' am', ` ${model}`]
  const tokens = words.slice(0, limit)
  const finish = tokens.length < words.length ? 'length' : 'stop'
  const common = { id: 'chatcmpl-1', created: Math.floor(Date.now() / 1000), model }
  if (!stream) {
    const message = { role: 'assistant', content: tokens.join('') }
    const usage = {
      prompt_tokens: 1,
      completion_tokens: tokens.length,
      total_tokens: 1 + tokens.length,
    }
    const choices = [{ index: 0, message, finish_reason: finish }]
    return sendJson(response, 200, { ...common, object: 'chat.completion', choices, usage })
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunk = (delta: object, reason: string | null) => {
    const choices = [{ index: 0, delta, finish_reason: reason }]
    const data = { ...common, object: 'chat.completion.chunk', choices }
    response.write(`data: ${JSON.stringify(data)}\n\n`)
  }
  for (const content of tokens) chunk({ role: 'assistant', content }, null)
  chunk({ role: 'assistant', content: '' }, finish)
  response.end('data: [DONE]\n\n')
}

function withTag(model: string): string {
  return model.includes(':') ? model : `${model}:latest`
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
