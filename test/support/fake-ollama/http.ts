import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Runners } from './runners.ts'

interface ChatBody {
  readonly model: string
  readonly stream?: boolean
  readonly options?: { readonly num_predict?: number }
}

/** Answers as the daemon does: its own paths under `/api`, and OpenAI's list of models under `/v1`. */
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
    if (request.method === 'POST' && path === '/api/chat') void chat(request, response)
    else if (path === '/') response.end('Ollama is running')
    else if (get && request.method === 'GET') sendJson(response, 200, get())
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
  }

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatBody
    if (!models.includes(withTag(body.model))) {
      return sendJson(response, 404, { error: `model '${body.model}' not found` })
    }
    await runners.load(withTag(body.model))
    answer(response, body)
  }
}

function answer(response: ServerResponse, { model, stream = true, options }: ChatBody): void {
  const words = ['I', ' am', ` ${model}`]
  const tokens = words.slice(0, options?.num_predict)
  const line = (content: string, more: object) => ({
    model,
    created_at: new Date().toISOString(),
    message: { role: 'assistant', content },
    ...more,
  })
  const ending = {
    done: true,
    done_reason: tokens.length < words.length ? 'length' : 'stop',
    prompt_eval_count: 1,
    eval_count: tokens.length,
  }
  if (!stream) return sendJson(response, 200, line(tokens.join(''), ending))
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const lines = [...tokens.map((token) => line(token, { done: false })), line('', ending)]
  response.end(lines.map((one) => `${JSON.stringify(one)}\n`).join(''))
}

function withTag(model: string): string {
  return model.includes(':') ? model : `${model}:latest`
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
