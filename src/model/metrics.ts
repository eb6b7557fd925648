import type { ErrorKind } from './error.ts'
import { type Quantiles, quantiles } from './quantile.ts'
import type { ModelResponse } from './response.ts'

/** What the calls of a model came to since it was set up. What nothing was heard of is `null`, never 0. */
export interface ModelMetrics {
  /** Calls that began: those in flight, and those that succeeded, failed or were cancelled. */
  readonly calls: number
  /** Calls that have not ended; a stream that is neither read on nor left is one. */
  readonly inFlight: number
  readonly succeeded: number
  /** Calls that ended in an error, those that were cancelled aside. */
  readonly failures: number
  readonly failuresByKind: Readonly<Partial<Record<ErrorKind, number>>>
  /** Calls with an error of the kind `cancelled`: the caller ended them, or left their stream. */
  readonly cancelled: number
  /** Those of `succeeded` that were answered from a cache. They are in nothing below. */
  readonly cached: number
  /** `null` while no response said its usage. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  /** US dollars of the responses whose cost is known; `null` while that is none. */
  readonly costUsd: number | null
  /** Responses whose cost is unknown: where there are some, `costUsd` is a part of the whole. */
  readonly costUnknown: number
  /** Milliseconds to the complete response, of the last 1000. */
  readonly latencyMs: Quantiles | null
  /** Milliseconds to the first text of a stream, of the last 1000. */
  readonly firstTokenMs: Quantiles | null
  /**
   * Output tokens per second of generation, of the last 1000 responses that said their tokens. Of a stream the time
   * before its first text does not count, and neither does what was generated then: the first token, the reasoning.
   */
  readonly tokensPerSecond: Quantiles | null
}

/** One call, of which the first end that is told counts. */
interface MeteredCall {
  succeed(response: ModelResponse): void
  fail(kind: ErrorKind): void
}

interface Meter {
  begin(): MeteredCall
  snapshot(): ModelMetrics
}

/** Counts the calls of one model, in memory that does not grow with them. */
export function createMeter(): Meter {
  const counts = { calls: 0, succeeded: 0, failures: 0, cancelled: 0, cached: 0, costUnknown: 0 }
  const sums: Sums = { inputTokens: null, outputTokens: null, costUsd: null }
  const failuresByKind: Partial<Record<ErrorKind, number>> = {}
  const latencyMs = lastValues()
  const firstTokenMs = lastValues()
  const tokensPerSecond = lastValues()

  function succeed(response: ModelResponse): void {
    counts.succeeded++
    if (response.cached) {
      counts.cached++
      return
    }
    add(sums, 'inputTokens', response.usage?.inputTokens)
    add(sums, 'outputTokens', response.usage?.outputTokens)
    add(sums, 'costUsd', response.costUsd)
    if (!isNumber(response.costUsd)) counts.costUnknown++
    latencyMs.add(response.latencyMs)
    firstTokenMs.add(response.firstTokenMs)
    tokensPerSecond.add(speedOf(response))
  }

  function fail(kind: ErrorKind): void {
    if (kind === 'cancelled') {
      counts.cancelled++
      return
    }
    counts.failures++
    failuresByKind[kind] = (failuresByKind[kind] ?? 0) + 1
  }

  return {
    begin() {
      counts.calls++
      let ended = false
      const once =
        <T>(end: (of: T) => void) =>
        (of: T) => {
          if (!ended) end(of)
          ended = true
        }
      return { succeed: once(succeed), fail: once(fail) }
    },
    snapshot: () => ({
      ...counts,
      ...sums,
      inFlight: counts.calls - counts.succeeded - counts.failures - counts.cancelled,
      failuresByKind: { ...failuresByKind },
      latencyMs: latencyMs.quantiles(),
      firstTokenMs: firstTokenMs.quantiles(),
      tokensPerSecond: tokensPerSecond.quantiles(),
    }),
  }
}

type Sums = Record<'inputTokens' | 'outputTokens' | 'costUsd', number | null>

function add(sums: Sums, name: keyof Sums, value: unknown): void {
  if (isNumber(value)) sums[name] = (sums[name] ?? 0) + value
}

/** A provider of somebody's own may say anything. */
function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

/** The last 1000 numbers that were added; what is none is left out. */
function lastValues() {
  const values: number[] = []
  let next = 0
  let known: Quantiles | null | undefined
  return {
    add(value: unknown) {
      if (!isNumber(value)) return
      values[next] = value
      next = (next + 1) % 1000
      known = undefined
    },
    // sorted when they are asked for, and not again before there is another
    quantiles: () => (known === undefined ? (known = quantiles(values)) : known),
  }
}

/** Tokens per second; `null` where there are no tokens, or no time that they took. */
function speedOf({ usage, latencyMs, firstTokenMs }: ModelResponse): number | null {
  const { outputTokens = 0, reasoningTokens = 0 } = usage ?? {}
  const isStream = isNumber(firstTokenMs)
  const tokens = isStream ? outputTokens - reasoningTokens - 1 : outputTokens
  const seconds = (latencyMs - (isStream ? firstTokenMs : 0)) / 1000
  return tokens > 0 && seconds > 0 ? tokens / seconds : null
}
