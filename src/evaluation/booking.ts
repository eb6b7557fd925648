import { batch, streamBatch } from '../model/batch.ts'
import { toAssayError } from '../model/error.ts'
import type { GenerateOptions, Model, ModelInput } from '../model/model.ts'
import type { ModelResponse } from '../model/response.ts'
import { currentRow } from './current-row.ts'
import type { CallRecord, Role } from './record.ts'

/** The same model, with each call booked on the row that makes it and ended with that row. */
export function bookCalls(model: Model, role: Role): Model {
  const booked: Model = {
    ...model,
    get metrics() {
      return model.metrics
    },
    async generate(input, options = {}) {
      const entry = openEntry(model, role, input)
      try {
        const response = await model.generate(input, withRowSignal(options))
        entry?.settle(response)
        return response
      } catch (error) {
        entry?.fail(error)
        throw error
      }
    },
    stream(input, options = {}) {
      const entry = openEntry(model, role, input)
      const stream = model.stream(input, withRowSignal(options))
      if (entry) stream.response.then(entry.settle, entry.fail)
      return stream
    },
    batch: (inputs, options) => batch(booked, inputs, options),
    streamBatch: (inputs, options) => streamBatch(booked, inputs, options),
  }
  return booked
}

interface Entry {
  readonly settle: (response: ModelResponse) => void
  readonly fail: (error: unknown) => void
}

function openEntry(model: Model, role: Role, input: ModelInput): Entry | undefined {
  const row = currentRow.getStore()
  if (!row) return undefined
  const place = row.calls.push(undefined) - 1
  const started = performance.now()
  const { spec, name } = model.info
  return {
    settle({ servedBy, text, finishReason, usage, costUsd, latencyMs, attempts, cached, blocked }) {
      row.calls[place] = {
        role,
        model: spec,
        servedBy,
        input,
        text,
        finishReason,
        usage,
        costUsd,
        latencyMs: round(latencyMs),
        attempts,
        cached,
        ...(blocked && { blocked }),
      } satisfies CallRecord
    },
    fail(error) {
      const { kind, message } = toAssayError(error, 'internal')
      row.calls[place] = {
        role,
        model: spec,
        servedBy: name,
        input,
        text: null,
        finishReason: 'error',
        usage: null,
        costUsd: null,
        latencyMs: round(performance.now() - started),
        attempts: 1,
        cached: false,
        error: { kind, message },
      } satisfies CallRecord
    },
  }
}

function withRowSignal(options: GenerateOptions): GenerateOptions {
  const row = currentRow.getStore()
  if (!row) return options
  const signal = options.signal ? AbortSignal.any([options.signal, row.signal]) : row.signal
  return { ...options, signal }
}

/** Microseconds are enough, and a shorter line. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
