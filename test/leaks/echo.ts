import type { HttpRequest, ProviderReplies } from '../../src/testing.ts'
import type { Handler, Reply } from '../support/http-server.ts'
import type { System } from './systems.ts'

/** What the server does with a prompt that says so: `do: html`. */
export const kinds = [
  'invalid', // the first, since some must sign in before it
  'answer',
  'html',
  'plain',
  'error-in-200',
  'malformed',
  'no-json',
  'moved',
  'stream',
  'stream-error',
  'stream-broken',
  'embed',
  'unprocessable',
  'unauthorized', // the last, since it ends the use of the key
] as const

type Kind = (typeof kinds)[number]

/** A server that gives back all that it gets, and all secrets of who asks, in every place where an error may be. */
export function echoServer(systems: readonly System[]): Handler {
  return (request) => {
    const [, name] = request.url.split('/')
    const system = systems.find((one) => one.name === name)
    if (!system) return { status: 404, body: request }
    const reply = system.other?.(request)
    if (reply) return reply as Reply
    const kind = /do: ([a-z\d-]+)/.exec(request.text)?.[1] as Kind | undefined
    return replyTo(kind ?? 'plain', request, system)
  }
}

function replyTo(kind: Kind, request: HttpRequest, { secrets, replies }: System): Reply {
  const { answer, stream, errorWithinStream } = replies!
  const echo = echoOf(request, secrets)
  const [first] = secrets
  const last = secrets.at(-1)
  const error = { message: echo, code: first, type: echo, param: last, details: [echo] }
  const headers = { 'x-echo': secrets.join(' ') }
  const malformed = { echo, choices: echo, candidates: echo, content: echo, message: echo }
  const ofKind: Readonly<Record<Kind, Reply>> = {
    invalid: { status: 400, headers, body: { error, message: echo } },
    answer: { ...(answer as Reply), headers },
    html: { status: 500, headers, body: `<title>${echo}</title><h1>${echo}</h1>` },
    plain: { status: 502, headers, body: secrets.join('\n').repeat(80) },
    'error-in-200': { headers, body: { error, object: 'error', type: 'error' } },
    malformed: { headers, body: malformed },
    'no-json': { headers: { ...headers, 'content-type': 'application/json' }, body: `{${echo}` },
    moved: { status: 307, headers: { location: `/${first}?key=${last}` } },
    stream: streamOf(stream),
    'stream-error': { ...streamOf(stream), body: `data: ${JSON.stringify({ error })}\n\n` },
    'stream-broken': {
      ...streamOf(errorWithinStream),
      body: withMessage(errorWithinStream, echo),
    },
    embed: { status: 400, headers, body: { error } },
    unprocessable: {
      status: 422,
      headers,
      body: { error: echo, detail: [{ msg: echo, input: echo }] },
    },
    unauthorized: { status: 401, headers, body: echo },
  }
  return ofKind[kind]
}

/** All of it, as it is and as it would stand in a URL and in JSON. */
function echoOf({ headers, url, text }: HttpRequest, secrets: readonly string[]): string {
  const encoded = secrets.map((secret) => encodeURIComponent(secret))
  return JSON.stringify({ secrets, encoded, headers, url, text })
}

function streamOf(reply: ProviderReplies['stream' | 'errorWithinStream']): Reply {
  const { headers, body } = reply || { body: '' }
  return { headers: { 'content-type': 'text/event-stream', ...headers }, body }
}

/** The stream whose last message is the echo. */
function withMessage(reply: ProviderReplies['errorWithinStream'], echo: string): string {
  const text = String(streamOf(reply).body)
  const [, field = ''] = /.*("(?:message|error)":)"/s.exec(text) ?? []
  const start = text.lastIndexOf(`${field}"`) + field.length
  const end = text.indexOf('"', start + 1) + 1
  return text.slice(0, start) + JSON.stringify(echo) + text.slice(end)
}
