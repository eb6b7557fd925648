import { type Dialect, type Failure, type Problem, type Reply, toTokens } from './dialect.ts'
import { openaiRateHeaders } from './retry-after.ts'

/** https://platform.openai.com/docs/api-reference/chat; the refused prompt is Azure's. */
export const openai: Dialect = {
  idHeader: 'x-request-id',
  rateHeaders: openaiRateHeaders,
  complete(reply) {
    return {
      ...head(reply, 'chat.completion'),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', ...said(reply), annotations: [] },
          logprobs: null,
          finish_reason: finishReason(reply),
        },
      ],
      ...(reply.reportsUsage && { usage: usage(reply) }),
    }
  },
  events(reply) {
    const { content, refusal } = said(reply)
    const field = refusal === null ? 'content' : 'refusal'
    const deltas = [
      { role: 'assistant', content: '', refusal: null },
      ...toTokens(refusal ?? content ?? '').map((token) => ({ [field]: token })),
    ]
    const choice = (delta: object, reason: string | null) => [
      { index: 0, delta, logprobs: null, finish_reason: reason },
    ]
    const chunks = [
      ...deltas.map((delta) => ({ choices: choice(delta, null), usage: null })),
      { choices: choice({}, finishReason(reply)), usage: null },
      { choices: [], usage: usage(reply) },
    ]
    const shared = head(reply, 'chat.completion.chunk')
    // without `include_usage` there is neither the last chunk nor the field
    const sent = reply.reportsUsage
      ? chunks
      : chunks.slice(0, -1).map(({ choices }) => ({ choices }))
    return [...sent.map((chunk) => event({ ...shared, ...chunk })), 'data: [DONE]\n\n']
  },
  failure(problem) {
    const { status, ...error } = errors[problem.kind](problem)
    return { status, body: { error: { param: null, code: null, ...error } } }
  },
  failureEvent: ({ body }: Failure) => event(body),
  models: (names) => ({
    object: 'list',
    data: names.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'chaos' })),
  }),
}

export interface EmbeddingsRequest {
  readonly id: string
  readonly texts: readonly string[]
  readonly dimensions: number
  readonly base64: boolean
}

/** https://platform.openai.com/docs/api-reference/embeddings: one vector of length 1 for each text. */
export function embeddings(
  reply: Reply,
  { texts, dimensions, base64 }: Omit<EmbeddingsRequest, 'id'>,
): object {
  const { input } = reply.usage
  return {
    object: 'list',
    data: texts.map((text, index) => {
      const vector = toVector(text, dimensions)
      const bytes = Buffer.from(new Float32Array(vector).buffer)
      return {
        object: 'embedding',
        index,
        embedding: base64 ? bytes.toString('base64') : vector,
      }
    }),
    model: reply.model,
    ...(reply.reportsUsage && { usage: { prompt_tokens: input, total_tokens: input } }),
  }
}

function head({ id, model }: Reply, object: string) {
  return {
    id: `chatcmpl-${id}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model,
    service_tier: 'default',
    system_fingerprint: 'fp_chaos',
  }
}

function said({ text, declinedBy }: Reply): { content: string | null; refusal: string | null } {
  if (declinedBy === 'model')
    return { content: null, refusal: "I'm sorry, I can't help with that." }
  return { content: declinedBy === 'filter' ? '' : text, refusal: null }
}

function finishReason({ declinedBy }: Reply): string {
  return declinedBy === 'filter' ? 'content_filter' : 'stop'
}

function usage({ usage: { input, output } }: Reply): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

interface ErrorFields {
  readonly status: number
  readonly message: string
  readonly type: string | null
  readonly [field: string]: unknown
}

const errors: Record<Problem['kind'], (problem: Problem) => ErrorFields> = {
  rate_limit: ({ model, limit, waitMs }) => ({
    status: 429,
    message:
      `Rate limit reached for ${model} in organization org-chaos on requests per min (RPM): ` +
      `Limit ${limit}, Used ${limit}, Requested 1.` +
      (waitMs === undefined ? '' : ` Please try again in ${waitMs}ms.`) +
      ' Visit https://platform.openai.com/account/rate-limits to learn more.',
    type: 'requests',
    code: 'rate_limit_exceeded',
  }),
  quota: () => ({
    status: 429,
    message:
      'You exceeded your current quota, please check your plan and billing details. For more information on ' +
      'this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
  auth: () => ({
    status: 401,
    message:
      'Incorrect API key provided: sk-***. You can find your API key at ' +
      'https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    code: 'invalid_api_key',
  }),
  filtered_prompt: () => ({
    status: 400,
    message:
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. " +
      'Please modify your prompt and retry. To learn more about our content filtering policies please read ' +
      'our documentation: https://go.microsoft.com/fwlink/?linkid=2198766',
    type: null,
    param: 'prompt',
    code: 'content_filter',
    innererror: {
      code: 'ResponsibleAIPolicyViolation',
      content_filter_result: {
        hate: { filtered: false, severity: 'safe' },
        jailbreak: { filtered: false, detected: false },
        self_harm: { filtered: false, severity: 'safe' },
        sexual: { filtered: false, severity: 'safe' },
        violence: { filtered: true, severity: 'medium' },
      },
    },
  }),
  server: ({ status = 500 }) => ({
    status,
    message:
      status === 503
        ? 'The engine is currently overloaded, please try again later'
        : 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
  }),
  overloaded: () => ({
    status: 529,
    message: 'The engine is currently overloaded, please try again later',
    type: 'server_error',
  }),
  invalid: ({ message = '' }) => ({ status: 400, message, type: 'invalid_request_error' }),
  not_found: ({ message = '' }) => ({ status: 404, message, type: 'invalid_request_error' }),
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** Of the right length and the same for the same text; it means nothing. */
function toVector(text: string, dimensions: number): number[] {
  let state = 1
  for (const byte of Buffer.from(text)) state = (state * 31 + byte) >>> 0
  const values = Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  })
  const length = Math.hypot(...values)
  return values.map((value) => value / length)
}
