import type { Budget } from './limiter.ts'

/**
 * What an answer says about when to come back, in which form: a number stands for whole or fractional seconds of
 * `retry-after`, `false` for nothing. Without `seconds` it is the time until the limit lets a request through.
 */
export type RetryAfter =
  | number
  | false
  | {
      /**
       * `seconds` and `date` are `retry-after`, `milliseconds` is `retry-after-ms`; `openai` and `anthropic`
       * are their rate-limit headers with nothing remaining, and no `retry-after`.
       */
      readonly form: 'seconds' | 'milliseconds' | 'date' | 'openai' | 'anthropic'
      readonly seconds?: number
    }

export interface Announcement {
  readonly headers: Readonly<Record<string, string>>
  /** What was announced, in milliseconds from now; none if nothing was. */
  readonly waitMs: number | undefined
}

export function announce(
  retryAfter: RetryAfter,
  budget: Budget,
  now: number = Date.now(),
): Announcement {
  if (retryAfter === false) return { headers: {}, waitMs: undefined }
  const { form, seconds = budget.nextMs / 1000 } =
    typeof retryAfter === 'number'
      ? ({ form: 'seconds', seconds: retryAfter } as const)
      : retryAfter
  const ms = Math.ceil(seconds * 1000)
  // dates have whole seconds: earlier than asked for would be wrong
  const date = new Date(Math.ceil((now + ms) / 1000) * 1000)
  const nothing = { ...budget, remaining: 0, resetMs: ms }
  const headers = {
    seconds: { 'retry-after': String(seconds) },
    milliseconds: { 'retry-after-ms': String(ms) },
    date: { 'retry-after': date.toUTCString() },
    openai: openaiRateHeaders(nothing),
    anthropic: anthropicRateHeaders(nothing, now),
  }
  const isDate = form === 'date' || form === 'anthropic'
  return { headers: headers[form], waitMs: isDate ? date.getTime() - now : ms }
}

export function openaiRateHeaders({ limit, remaining, resetMs }: Budget): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': formatDuration(resetMs),
  }
}

export function anthropicRateHeaders(
  { limit, remaining, resetMs }: Budget,
  now: number = Date.now(),
): Record<string, string> {
  const reset = new Date(Math.ceil((now + resetMs) / 1000) * 1000)
  return {
    'anthropic-ratelimit-requests-limit': String(limit),
    'anthropic-ratelimit-requests-remaining': String(remaining),
    'anthropic-ratelimit-requests-reset': reset.toISOString().replace('.000Z', 'Z'),
  }
}

/** As Go prints durations, and so OpenAI: `20ms`, `1.2s`, `6m0s`, `1h0m0s`. */
function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`
  const seconds = Math.ceil(ms) / 1000
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const rest = `${Number((seconds % 60).toFixed(3))}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}
