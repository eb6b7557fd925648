import { type Call, currentCall } from '../../../src/model/call.ts'
import type { ModelResponse } from '../../../src/model/response.ts'
import type { Fetch } from '../../../src/request/pipe.ts'

export interface ModelCallOptions {
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly trial?: number
  readonly signal?: AbortSignal
  /** What the provider makes of the response. */
  readonly understood?: Partial<Pick<ModelResponse, 'finishReason' | 'blocked'>>
}

export interface ModelCall {
  readonly call: Call
  readonly text: string
  readonly response: Response
}

/** What a provider does with its `fetch`, on a call of its own. */
export async function modelCall(
  fetch: Fetch,
  url: string,
  { body = question, headers, trial = 0, signal, understood }: ModelCallOptions = {},
): Promise<ModelCall> {
  const call = createCall(trial)
  return currentCall.run(call, async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
    const text = await response.text()
    if (response.ok) for (const done of call.completed) done(toResponse(text, call, understood))
    return { call, text, response }
  })
}

export const question: Readonly<Record<string, unknown>> = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hello' }],
}

export function createCall(trial = 0): Call {
  return {
    trial,
    streaming: false,
    clock: undefined,
    attempts: 0,
    cached: false,
    waitedMs: 0,
    endedAt: undefined,
    completed: [],
  }
}

/** Sends, and counts on the call as the seam does. */
export const send: Fetch = (url, init) => {
  const call = currentCall.getStore()
  if (call) call.attempts++
  return fetch(url, init)
}

function toResponse(
  text: string,
  { cached, attempts }: Call,
  understood: ModelCallOptions['understood'],
): ModelResponse {
  return {
    text,
    finishReason: 'stop',
    blocked: null,
    toolCalls: [],
    usage: null,
    costUsd: null,
    latencyMs: 0,
    firstTokenMs: null,
    waitedMs: 0,
    model: 'm',
    provider: 'p',
    servedBy: 'm',
    cached,
    attempts,
    raw: undefined,
    ...understood,
  }
}
