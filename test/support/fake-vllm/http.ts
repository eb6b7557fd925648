import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { VllmOptions } from './command-line.ts'
import { answer, type Ask, type CompletionBody } from './completion.ts'
import type { EngineClient } from './engine-client.ts'
import type { VllmFaults } from './faults.ts'
import { errorBody, sendJson } from './reply.ts'

interface Parts {
  readonly options: VllmOptions
  readonly faults: VllmFaults
  readonly engine: EngineClient
}

/** The HTTP side of the API server. */
export function createHttp({ options, faults, engine }: Parts): Server {
  let running = 0
  let requests = 0
  const models = [
    ...options.names.map((id) => ({ id, root: options.model, parent: null })),
    ...options.loras.map(({ name, path }) => ({ id: name, root: path, parent: options.names[0] })),
  ]
  const gets: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/health': health,
    '/ping': health,
    '/version': (response) => sendJson(response, 200, { version: '0.99.0' }),
    '/metrics': (response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      response.end(`vllm:num_requests_running{model_name="${options.names[0]}"} ${running}\n`)
    },
    '/v1/models': (response) => {
      const data = models.map((model) => ({
        ...model,
        object: 'model',
        owned_by: 'vllm',
        max_model_len: options.maxModelLen,
      }))
      sendJson(response, 200, { object: 'list', data })
    },
  }

  const server = createServer((request, response) => {
    void handle(request, response)
  })
  server.keepAliveTimeout = 5000
  return server

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace(/\?.*/, '') ?? ''
    if (options.hasAccessLog) response.once('finish', () => logAccess(request, response))
    const given = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (path.startsWith('/v1') && options.keys.length > 0 && !options.keys.includes(given)) {
      return sendJson(response, 401, { error: 'Unauthorized' })
    }
    const isChat = path === '/v1/chat/completions'
    if (request.method === 'POST' && (isChat || path === '/v1/completions')) {
      return complete(await bodyOf(request), response, isChat)
    }
    const get = gets[path]
    if (get && (request.method === 'GET' || get === health)) return get(response)
    sendJson(response, get ? 405 : 404, { detail: get ? 'Method Not Allowed' : 'Not Found' })
  }

  function health(response: ServerResponse): void {
    response.writeHead(engine.death.aborted ? 503 : 200).end()
  }

  async function complete(
    body: CompletionBody | undefined,
    response: ServerResponse,
    isChat: boolean,
  ): Promise<void> {
    if (!body) {
      return sendJson(response, 400, errorBody(400, 'BadRequestError', 'Invalid JSON in the body.'))
    }
    const { model = options.names[0]! } = body
    if (!models.some(({ id }) => id === model)) {
      const message = `The model \`${model}\` does not exist.`
      return sendJson(response, 404, errorBody(404, 'NotFoundError', message, 'model'))
    }
    requests += 1
    running += 1
    response.once('close', () => (running -= 1))
    if (faults.logFlood !== undefined) process.stdout.write(`${'x'.repeat(faults.logFlood)}\n`)
    if (requests === faults.apiDiesAfter) process.kill(process.pid, 'SIGKILL')
    const isLast = requests === faults.engineDiesAfter
    if (isLast) engine.crash()
    const ask: Ask = { id: requests, model, isChat, body, port: options.port }
    await answer(response, ask, { ...faults, isStuck: isLast }, engine.death)
  }
}

async function bodyOf(request: IncomingMessage): Promise<CompletionBody | undefined> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return JSON.parse(Buffer.concat(chunks).toString()) as CompletionBody
  } catch {
    return undefined
  }
}

function logAccess(request: IncomingMessage, { statusCode }: ServerResponse): void {
  const { remoteAddress, remotePort } = request.socket
  const line = `${remoteAddress}:${remotePort} - "${request.method} ${request.url} HTTP/1.1" ${statusCode} ${STATUS_CODES[statusCode]}`
  process.stdout.write(`INFO:     ${line}\n`)
}
