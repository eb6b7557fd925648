import { batch, streamBatch } from '../model/batch.ts'
import { responseOf } from '../model/embedding.ts'
import { toAssayError } from '../model/error.ts'
import type { Model, ModelStream } from '../model/model.ts'
import type { ModelResponse } from '../model/response.ts'
import { type BookedCall, currentRow } from './current-row.ts'
import type { CallRecord, Role } from './record.ts'
import { spend } from './spend.ts'

/** The same model, with each call booked on the row that makes it and ended with that row. */
export function bookCalls(model: Model, role: Role): Model {
  const booked: Model = {
    info: model.info,
    get metrics() {
      return model.metrics
    },
    generate: (input, options = {}) =>
      bookCall(
        openEntry(model, role, input),
        () => model.generate(input, withRowSignal(options)),
        (response) => response,
      ),
    stream(input, options = {}) {
      const entry = openEntry(model, role, input)
      const stream = model.stream(input, withRowSignal(options))
      return bookStream(stream, entry)
    },
    batch: (inputs, options) => batch(booked, inputs, options),
    streamBatch: (inputs, options) => streamBatch(booked, inputs, options),
    health: () => model.health(),
  }
  if (model.embed) {
    booked.embed = (texts, options = {}) =>
      bookCall(
        openEntry(model, role, texts),
        () => model.embed!(texts, withRowSignal(options)),
        (embeddings) => withoutText(responseOf(embeddings)),
      )
  }
  return booked
}

/** Vectors are no text. */
function withoutText(response: ModelResponse | undefined): Partial<ModelResponse> {
  const { text, ...rest }: Partial<ModelResponse> = response ?? {}
  return rest
}

/** Makes a call and books how it ended. */
async function bookCall<T>(
  entry: Entry,
  call: () => Promise<T>,
  describe: (result: T) => Partial<ModelResponse>,
): Promise<T> {
  try {
    const result = await call()
    entry.settle(describe(result))
    return result
  } catch (error) {
    entry.fail(error)
    throw error
  }
}

/** Books a stream when it is read or its response is asked for, and not before: that would begin the call. */
function bookStream(stream: ModelStream, { settle, fail }: Entry): ModelStream {
  const book = () => {
    const { response } = stream
    response.then(settle, fail)
    return response
  }
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* stream
      } finally {
        await book().catch(() => {})
      }
    },
    get response() {
      return book()
    },
  }
}

interface Entry {
  readonly settle: (response: Partial<ModelResponse>) => void
  readonly fail: (error: unknown) => void
}

/** Outside of rows a call is on nobody's record, and yet on the budget. */
function openEntry(model: Model, role: Role, input: unknown): Entry {
  const started = performance.now()
  const { spec, name, isFree = false } = model.info
  const asked: CallRecord = {
    role,
    model: spec,
    servedBy: name,
    input,
    text: null,
    finishReason: 'error',
    usage: null,
    costUsd: isFree ? 0 : null,
    latencyMs: 0,
    attempts: 1,
    cached: false,
  }
  const call: BookedCall = { asked }
  currentRow.getStore()?.calls.push(call)
  const elapsed = () => performance.now() - started
  return {
    settle(response) {
      const { latencyMs = elapsed(), finishReason = 'stop', blocked } = response
      call.settled = {
        ...asked,
        servedBy: response.servedBy ?? name,
        text: response.text ?? null,
        finishReason,
        usage: response.usage ?? null,
        costUsd: response.costUsd ?? null,
        latencyMs: round(latencyMs),
        attempts: response.attempts ?? 1,
        ...(response.waitedMs && { waitedMs: round(response.waitedMs) }),
        cached: response.cached ?? false,
        ...(blocked && { blocked }),
      }
      spend(call.settled)
    },
    fail(error) {
      const { kind, message, attempts = 1 } = toAssayError(error, 'internal')
      // what was never sent has cost nothing
      const costUsd = attempts === 0 || isFree ? 0 : null
      const failed = { attempts, costUsd, latencyMs: round(elapsed()), error: { kind, message } }
      call.settled = { ...asked, ...failed }
    },
  }
}

function withRowSignal<Options extends { signal?: AbortSignal }>(options: Options): Options {
  const row = currentRow.getStore()
  if (!row) return options
  const signal = options.signal ? AbortSignal.any([options.signal, row.signal]) : row.signal
  return { ...options, signal }
}

/** Microseconds are enough, and a shorter line. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
