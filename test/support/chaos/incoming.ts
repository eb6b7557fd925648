import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ChaosRequest } from './ledger.ts'

/** What a request says by itself. */
export type Incoming = Pick<
  ChaosRequest,
  'api' | 'endpoint' | 'url' | 'headers' | 'json' | 'key' | 'row' | 'stream'
> & {
  /** What is wrong with it, in the vendor's words. */
  readonly problem: string | undefined
}

/** Reads a whole request; `undefined` if the client left before it was all there. */
export async function readIncoming(message: IncomingMessage): Promise<Incoming | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer)
  } catch {
    return undefined
  }
  const { url = '', headers, method } = message
  const json = parseObject(Buffer.concat(chunks).toString())
  const kind = kindOf(`${method} ${url.replace(/\?.*/, '')}`, headers)
  return {
    ...kind,
    url,
    headers,
    json: json ?? {},
    key: keyIn(headers),
    row: String(headers['x-chaos-row'] ?? rowOf(json ?? {})),
    stream: json?.['stream'] === true,
    problem: problemOf(kind, json, headers),
  }
}

type Kind = Pick<ChaosRequest, 'api' | 'endpoint'>

function kindOf(call: string, headers: IncomingHttpHeaders): Kind {
  const api = 'anthropic-version' in headers ? 'anthropic' : 'openai'
  if (/^POST .*\/chat\/completions$/.test(call)) return { api: 'openai', endpoint: 'generate' }
  if (/^POST .*\/v1\/messages$/.test(call)) return { api: 'anthropic', endpoint: 'generate' }
  if (/^POST .*\/embeddings$/.test(call)) return { api: 'openai', endpoint: 'embed' }
  if (/^GET .*\/models$/.test(call)) return { api, endpoint: 'models' }
  return { api, endpoint: 'unknown' }
}

function problemOf(
  { api, endpoint }: Kind,
  json: Record<string, unknown> | undefined,
  headers: IncomingHttpHeaders,
): string | undefined {
  if (endpoint === 'unknown') return 'Not found'
  if (endpoint === 'models') return undefined
  if (!json) return 'We could not parse the JSON body of your request.'
  const lacks = (field: string) => json[field] === undefined
  const content = endpoint === 'embed' ? 'input' : 'messages'
  if (api === 'anthropic') {
    if (!('anthropic-version' in headers)) return 'anthropic-version: header is required'
    const missing = ['model', 'max_tokens', 'messages'].find(lacks)
    return missing && `${missing}: Field required`
  }
  if (lacks('model')) return 'you must provide a model parameter'
  return lacks(content) ? `Missing required parameter: '${content}'.` : undefined
}

function keyIn(headers: IncomingHttpHeaders): string {
  const key = headers['x-api-key'] ?? headers['api-key'] ?? headers.authorization ?? ''
  return String(key).replace(/^Bearer /i, '')
}

function rowOf({ messages, input }: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(messages)) {
    const asked = messages.filter(isObject).findLast(({ role }) => role === 'user')
    return textOf(asked?.['content'])
  }
  return textOf(input)
}

/** A text, a list of texts, or a list of parts of which some have a text. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const parts = content.map((part) => (isObject(part) ? part['text'] : part))
  return parts.filter((part) => typeof part === 'string').join('\n')
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
