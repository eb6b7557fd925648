import { toAssayError } from '../model/error.ts'
import type { Model } from '../model/model.ts'
import { type CallObserver, observed } from '../model/observed.ts'
import { type BookedCall, type CurrentRow, currentRow } from './current-row.ts'
import type { CallRecord, Role } from './record.ts'
import { spend } from './spend.ts'

/** The same model, with each call booked on the row that makes it and ended with that row. */
export function bookCalls(model: Model, role: Role): Model {
  return observed(model, (input) => openEntry(model, role, input))
}

/** Outside of rows a call is on nobody's record, and yet on the budget. */
function openEntry(model: Model, role: Role, input: unknown): CallObserver {
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
  const row = currentRow.getStore()
  row?.calls.push(call)
  const elapsed = () => performance.now() - started
  return {
    optionsOf(options) {
      const onAsked = (servedBy: string) => {
        call.asked = { ...call.asked, servedBy }
        options.onAsked?.(servedBy)
      }
      const signal = row ? signalOf(row, options) : options.signal
      return { ...options, ...(signal && { signal }), onAsked }
    },
    settle(response) {
      const { latencyMs = elapsed(), finishReason = 'stop', blocked, fallbackFor } = response
      call.settled = {
        ...asked,
        servedBy: response.servedBy ?? call.asked.servedBy,
        text: response.text ?? null,
        finishReason,
        usage: response.usage ?? null,
        costUsd: response.costUsd ?? null,
        latencyMs: round(latencyMs),
        attempts: response.attempts ?? 1,
        ...(response.waitedMs && { waitedMs: round(response.waitedMs) }),
        cached: response.cached ?? false,
        ...(blocked && { blocked }),
        ...(fallbackFor !== undefined && { fallbackFor }),
      }
      spend(call.settled)
    },
    fail(error) {
      const { kind, message, attempts = 1, servedBy } = toAssayError(error, 'internal')
      // what was never sent has cost nothing
      const costUsd = attempts === 0 || isFree ? 0 : null
      const failed = { attempts, costUsd, latencyMs: round(elapsed()), error: { kind, message } }
      call.settled = { ...call.asked, ...(servedBy !== undefined && { servedBy }), ...failed }
    },
  }
}

function signalOf(row: CurrentRow, { signal }: { readonly signal?: AbortSignal }): AbortSignal {
  return signal ? AbortSignal.any([signal, row.signal]) : row.signal
}

/** Microseconds are enough, and a shorter line. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
