import type { Dialect, Problem, Reply } from './dialect.ts'
import type { Fault } from './fault.ts'
import type { ChaosRequest } from './ledger.ts'
import { embeddings } from './openai.ts'

export interface BodyOptions {
  readonly dialect: Dialect
  readonly fault: Fault | undefined
  /** Letters and digits, different for each response. */
  readonly id: string
  /** What the model says. */
  readonly text: string
  /** The error of the faults that put one in place of a response. */
  readonly problem: Problem
}

/** The pieces of a body with status 200: the events of a stream, or the one JSON. */
export function bodyOf(request: ChaosRequest, options: BodyOptions): Uint8Array[] {
  const { dialect, fault, problem } = options
  const { stream, endpoint } = request
  if (fault?.type === 'malformed') return [toBytes(stream ? 'data: {choices:\n\n' : '{choices:')]
  const failure = dialect.failure(problem)
  const reply = toReply(request, options)
  const isError = fault?.type === 'error-body' || fault?.type === 'error-event'
  if (stream) {
    const events = dialect.events(reply).map(toBytes)
    if (!isError) return events
    const before = fault.type === 'error-event' ? firstHalf(events) : []
    return [...before, toBytes(dialect.failureEvent(failure))]
  }
  const whole = endpoint === 'embed' ? embeddings(reply, textsOf(request)) : dialect.complete(reply)
  return [toBytes(JSON.stringify(isError ? failure.body : whole))]
}

/** What is sent of a body that does not come to its end. */
export function firstHalf(pieces: readonly Uint8Array[]): Uint8Array[] {
  const [only, ...more] = pieces
  if (only && more.length === 0) return [only.subarray(0, Math.floor(only.length / 2))]
  return pieces.slice(0, Math.floor(pieces.length / 2))
}

export function toBytes(text: string): Uint8Array {
  return Buffer.from(text)
}

/** Characters of a token, about. */
const CHARACTERS = 4

function toReply(
  { json, row, stream, api, endpoint }: ChaosRequest,
  { id, fault, text, problem: { model } }: BodyOptions,
): Reply {
  const options = json['stream_options'] as { include_usage?: unknown } | undefined
  const isAskedFor = !stream || api === 'anthropic' || options?.include_usage === true
  const prompt = JSON.stringify(json['messages'] ?? json['input'] ?? '')
  return {
    id,
    model: fault?.type === 'wrong-model' ? 'another-model' : model,
    text: endpoint === 'embed' ? row : text,
    declinedBy: declines.get(fault?.type),
    usage: {
      input: Math.ceil(prompt.length / CHARACTERS),
      output: Math.ceil(text.length / CHARACTERS),
    },
    reportsUsage: isAskedFor && fault?.type !== 'no-usage',
  }
}

const declines = new Map<Fault['type'] | undefined, Reply['declinedBy']>([
  ['refusal', 'model'],
  ['filtered-response', 'filter'],
])

function textsOf({ json: { input, dimensions, encoding_format: format } }: ChaosRequest) {
  return {
    texts: [input].flat().map(String),
    dimensions: typeof dimensions === 'number' ? dimensions : 8,
    base64: format === 'base64',
  }
}
