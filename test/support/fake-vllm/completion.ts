import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { VllmFaults } from './faults.ts'
import { errorBody, sendJson } from './reply.ts'

/** What is read of a body. */
export interface CompletionBody {
  readonly model?: string
  readonly messages?: unknown
  readonly prompt?: unknown
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

/** A request for text. */
export interface Ask {
  readonly id: number
  readonly model: string
  /** Whether it came to `/v1/chat/completions`. */
  readonly isChat: boolean
  readonly body: CompletionBody
  /** Of the server, which says it in its answer. */
  readonly port: number
}

export interface AnswerOptions extends Pick<VllmFaults, 'answer' | 'tokenMs'> {
  /** No token comes until the engine has died. */
  readonly isStuck: boolean
}

/** Answers at the pace of the tokens, whole or as a stream; the engine's death ends it with an error. */
export async function answer(
  response: ServerResponse,
  ask: Ask,
  { answer: given, tokenMs = 1, isStuck }: AnswerOptions,
  death: AbortSignal,
): Promise<void> {
  const gpus = process.env['CUDA_VISIBLE_DEVICES'] ?? 'all'
  const text = given ?? `I am ${ask.model} on port ${ask.port} with GPU ${gpus}`
  const words = text.match(/\s*\S+/g) ?? []
  const { body } = ask
  const limit = body.max_completion_tokens ?? body.max_tokens ?? Infinity
  const tokens = words.slice(0, limit)
  const finish = tokens.length < words.length ? 'length' : 'stop'
  const prompt = JSON.stringify(body.messages ?? body.prompt ?? '').split(/\s+/).length
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: tokens.length,
    total_tokens: prompt + tokens.length,
  }
  const shape = shapeOf(ask)
  const stop = AbortSignal.any([death, closed(response)])
  try {
    if (isStuck) await forever(stop)
    if (!body.stream) {
      await sleep(tokenMs * tokens.length, undefined, { signal: stop })
      sendJson(response, 200, { ...shape.whole(tokens.join(''), finish), usage })
      return
    }
    const event = (data: object) => response.write(`data: ${JSON.stringify(data)}\n\n`)
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    if (ask.isChat) event(shape.chunk({ role: 'assistant', content: '' }, null))
    for (const token of tokens) {
      await sleep(tokenMs, undefined, { signal: stop })
      event(shape.chunk(token, null))
    }
    event(shape.chunk(ask.isChat ? {} : '', finish))
    if (body.stream_options?.include_usage) event({ ...shape.chunk('', null), choices: [], usage })
    response.end('data: [DONE]\n\n')
  } catch {
    const error = errorBody(500, 'InternalServerError', ENGINE_DEAD)
    if (!response.headersSent) sendJson(response, 500, error)
    else response.end(`data: ${JSON.stringify(error)}\n\ndata: [DONE]\n\n`)
  }
}

/** The text of vLLM's EngineDeadError. */
const ENGINE_DEAD = 'EngineCore encountered an issue. See stack trace (above) for the root cause.'

function shapeOf({ id, model, isChat }: Ask) {
  const common = {
    id: `${isChat ? 'chatcmpl' : 'cmpl'}-${id}`,
    created: Math.floor(Date.now() / 1000),
    model,
  }
  return {
    whole(text: string, finish: string) {
      const content = isChat ? { message: { role: 'assistant', content: text } } : { text }
      const object = isChat ? 'chat.completion' : 'text_completion'
      return { ...common, object, choices: [{ index: 0, ...content, finish_reason: finish }] }
    },
    chunk(piece: string | object, finish: string | null) {
      const delta = typeof piece === 'string' ? { content: piece } : piece
      const content = isChat ? { delta } : { text: piece }
      const object = isChat ? 'chat.completion.chunk' : 'text_completion'
      return { ...common, object, choices: [{ index: 0, ...content, finish_reason: finish }] }
    },
  }
}

function closed(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => controller.abort())
  return controller.signal
}

function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
