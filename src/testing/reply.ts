import type { HttpReply, ProviderReplies } from './contract.ts'

/** A reply as it is sent. */
export interface Reply {
  readonly status: number
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Prepared<R> = R extends HttpReply ? Omit<R, keyof HttpReply> & Reply : R

/** The replies of a contract, as they are sent. */
export type Replies = { readonly [name in keyof ProviderReplies]: Prepared<ProviderReplies[name]> }

const statuses: Partial<Record<keyof ProviderReplies, number>> = {
  rateLimited: 429,
  serverError: 500,
  invalidRequest: 400,
}
const streams: ReadonlySet<string> = new Set<keyof ProviderReplies>(['stream', 'errorWithinStream'])

export function toReplies(given: ProviderReplies): Replies {
  const entries = Object.entries(given) as [keyof ProviderReplies, HttpReply | false][]
  const replies = entries.map(([name, reply]) => [
    name,
    reply && toReply({ ...reply, status: reply.status ?? statuses[name] }, streams.has(name)),
  ])
  return Object.fromEntries(replies) as Replies
}

export function toReply(
  { status = 200, headers = {}, body = '', ...rest }: HttpReply,
  isStream = false,
): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    ...rest,
    status,
    headers: { 'content-type': contentType(text, isStream), ...Object.fromEntries(named) },
    body: text,
  }
}

function contentType(body: string, isStream: boolean): string {
  if (isStream) return 'text/event-stream'
  return /^\s*[[{]/.test(body) ? 'application/json' : 'text/plain'
}

/** The answer to one of several questions: its text is followed by the question's number. */
export function numbered(
  reply: Reply & { readonly expect: { readonly text: string } },
  question: number | undefined,
): Reply {
  const { text } = reply.expect
  const own = `${text} ${question}`
  return { ...reply, body: reply.body.replaceAll(quoted(text), () => quoted(own)) }
}

/** A text as it stands in JSON. */
export function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** The same reply, which asks to wait so many seconds, whatever the vendor's own asks for. */
export function waiting<R extends Reply>(reply: R, seconds: number): R {
  const kept = Object.entries(reply.headers).filter(([name]) => !/retry-after/.test(name))
  return { ...reply, headers: { ...Object.fromEntries(kept), 'retry-after': String(seconds) } }
}

/** The events of a stream, each with the line breaks that end it. */
export function eventsOf({ body }: Reply): string[] {
  const border = /\n\r?\n/.test(body) ? /(?<=\n\r?\n)/ : /(?<=\n)/
  return body.split(border).filter((event) => event !== '')
}
