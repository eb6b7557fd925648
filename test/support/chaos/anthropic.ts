import { type Dialect, type Problem, type Reply, toTokens } from './dialect.ts'
import { anthropicRateHeaders } from './retry-after.ts'

/** https://platform.claude.com/docs/en/api/messages */
export const anthropic: Dialect = {
  idHeader: 'request-id',
  rateHeaders: anthropicRateHeaders,
  complete: (reply) => ({
    ...head(reply),
    content: reply.declinedBy ? [] : [{ type: 'text', text: reply.text, citations: null }],
    ...stop(reply),
    ...(reply.reportsUsage && { usage: usage(reply, reply.usage.output) }),
  }),
  events(reply) {
    const { reportsUsage } = reply
    const block = reply.declinedBy
      ? []
      : [
          event({
            type: 'content_block_start',
            index: 0,
            content_block: { type: 'text', text: '' },
          }),
          event({ type: 'ping' }),
          ...toTokens(reply.text).map((text) =>
            event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
          ),
          event({ type: 'content_block_stop', index: 0 }),
        ]
    return [
      event({
        type: 'message_start',
        message: {
          ...head(reply),
          content: [],
          stop_reason: null,
          stop_sequence: null,
          ...(reportsUsage && { usage: usage(reply, 1) }),
        },
      }),
      ...block,
      event({
        type: 'message_delta',
        delta: stop(reply),
        ...(reportsUsage && { usage: { output_tokens: reply.usage.output } }),
      }),
      event({ type: 'message_stop' }),
    ]
  },
  failure(problem) {
    const { status, ...error } = errors[problem.kind](problem)
    return { status, body: { type: 'error', error, request_id: problem.requestId } }
  },
  failureEvent: ({ body }) => event({ type: 'error', ...body }),
  models(names) {
    const data = names.map((id) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: '2026-01-01T00:00:00Z',
    }))
    return { data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null }
  },
}

function head({ id, model }: Reply) {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model }
}

function stop({ declinedBy }: Reply) {
  return {
    stop_reason: declinedBy ? 'refusal' : 'end_turn',
    stop_sequence: null,
    ...(declinedBy && {
      stop_details: { type: 'refusal', category: 'general_harms', explanation: null },
    }),
  }
}

function usage({ usage: { input } }: Reply, output: number): object {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
    service_tier: 'standard',
  }
}

interface ErrorFields {
  readonly status: number
  readonly type: string
  readonly message: string
  readonly details?: { readonly error_code: string }
}

const errors: Record<Problem['kind'], (problem: Problem) => ErrorFields> = {
  rate_limit: ({ limit }) => ({
    status: 429,
    type: 'rate_limit_error',
    message:
      `This request would exceed your organization's rate limit of ${limit} requests per minute. ` +
      'For details, refer to: https://docs.claude.com/en/api/rate-limits.',
  }),
  // a 429 that no waiting helps: told from a rate limit by its code alone
  quota: () => ({
    status: 429,
    type: 'rate_limit_error',
    message: 'Your organization has reached its monthly API usage threshold.',
    details: { error_code: 'enforced_spend_limit_reached' },
  }),
  auth: () => ({ status: 401, type: 'authentication_error', message: 'invalid x-api-key' }),
  filtered_prompt: () => ({
    status: 400,
    type: 'invalid_request_error',
    message: 'Output blocked by content filtering policy',
  }),
  server: ({ status = 500 }) => ({ status, type: 'api_error', message: 'Internal server error' }),
  overloaded: () => ({ status: 529, type: 'overloaded_error', message: 'Overloaded' }),
  invalid: ({ message = '' }) => ({ status: 400, type: 'invalid_request_error', message }),
  not_found: ({ message = '' }) => ({ status: 404, type: 'not_found_error', message }),
}

function event(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}
