import * as v from 'valibot'
import { rounded } from './rounded.ts'
import { type Candidate, type Fields, least, type Strategy, triesOf } from './strategy.ts'

export interface FastestOptions {
  /** Tokens per second that a model must have reached, at the median of its calls. @default no limit */
  readonly minTokensPerSecond?: number | undefined
  /** Milliseconds within which 95 % of its responses must have come. @default no limit */
  readonly maxResponseTime?: number | undefined
  /** Whether of models that are equal one that streams is taken. @default false */
  readonly preferStreaming?: boolean | undefined
}

export const fastestFields: Fields<FastestOptions> = {
  minTokensPerSecond: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  maxResponseTime: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0))),
  preferStreaming: v.optional(v.boolean()),
}

/**
 * The model with the most tokens per second, at the median of its calls. One that was never called is tried first,
 * and one that reports no tokens comes after those that do, by its latency.
 */
export function fastestStrategy({
  minTokensPerSecond,
  maxResponseTime,
  preferStreaming,
}: FastestOptions): Strategy {
  return {
    name: 'fastest',
    reject({ metrics }) {
      const { tokensPerSecond, latencyMs } = metrics
      if (minTokensPerSecond !== undefined && tokensPerSecond) {
        const { p50 } = tokensPerSecond
        if (p50 < minTokensPerSecond) {
          return `minTokensPerSecond: ${rounded(p50)} < ${minTokensPerSecond}`
        }
      }
      if (maxResponseTime === undefined || !latencyMs || latencyMs.p95 <= maxResponseTime) {
        return undefined
      }
      return `maxResponseTime: 95 % of its responses came within ${rounded(latencyMs.p95)} ms > ${maxResponseTime} ms`
    },
    choose(candidates) {
      const cold = candidates.filter((one) => triesOf(one) === 0 && !one.metrics.latencyMs)
      const streaming = ({ capabilities }: Candidate) =>
        preferStreaming && capabilities.streaming ? 0 : 1
      if (cold.length > 0) return least(cold, streaming)
      return least(
        candidates,
        ({ metrics }) => -(metrics.tokensPerSecond?.p50 ?? 0),
        ({ metrics }) => metrics.latencyMs?.p50 ?? Number.POSITIVE_INFINITY,
        streaming,
      )
    },
  }
}
