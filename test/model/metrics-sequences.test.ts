import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { currentCall } from '../../src/model/call.ts'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError, type ErrorKind } from '../../src/model/error.ts'
import type { Model, ModelMetrics } from '../../src/model/model.ts'
import type { Usage } from '../../src/model/response.ts'
import { seeded } from '../support/seeded.ts'

const ways = ['generate', 'embed', 'read', 'response', 'both', 'leave', 'ignore'] as const

/** What one call is to come to. */
interface Plan {
  readonly way: (typeof ways)[number]
  readonly isAborted: boolean
  readonly failure: ErrorKind | undefined
  readonly isCached: boolean
  readonly usage: Usage | null
}

test('in 1000 random sequences each call has one end, and the sums are those of the responses', async () => {
  const random = seeded(6)
  const totals = { succeeded: 0, failures: 0, cancelled: 0, cached: 0, costUnknown: 0 }
  let most = 0
  for (let n = 0; n < 1000; n++) {
    const plans = Array.from({ length: 1 + Math.floor(random() * 12) }, () => drawPlan(random))
    const { metrics, mostInFlight } = await play(plans, random)
    expect(metrics).toMatchObject(expectedOf(plans))
    expect(metrics.calls).toBe(metrics.succeeded + metrics.failures + metrics.cancelled)
    expect(metrics.latencyMs?.n ?? 0).toBe(metrics.succeeded - metrics.cached)
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += metrics[name]
    most = Math.max(most, mostInFlight)
  }
  // sequences that show nothing would hold too
  for (const total of Object.values(totals)) expect(total).toBeGreaterThan(100)
  expect(most).toBeGreaterThan(5)
})

function drawPlan(random: () => number): Plan {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!
  const tokens = () => Math.floor(random() * 100)
  return {
    way: pick(ways),
    isAborted: random() < 0.15,
    failure: random() < 0.25 ? pick(['rate_limit', 'server', 'timeout', 'internal']) : undefined,
    isCached: random() < 0.2,
    usage: random() < 0.8 ? { inputTokens: tokens(), outputTokens: tokens() } : null,
  }
}

/** Begins the calls, and lets those that are in flight go on, in an order that is drawn. */
async function play(
  plans: readonly Plan[],
  random: () => number,
): Promise<{ metrics: ModelMetrics; mostInFlight: number }> {
  const steps: (() => void)[] = []
  const model = stepwise(plans, () => new Promise((resolve) => steps.push(resolve)))
  const calls: Promise<unknown>[] = []
  let mostInFlight = 0
  while (calls.length < plans.length || steps.length > 0) {
    if (calls.length < plans.length && (steps.length === 0 || random() < 0.5)) {
      calls.push(makeCall(model, plans[calls.length]!, String(calls.length)).catch(() => {}))
    } else {
      steps.splice(Math.floor(random() * steps.length), 1)[0]!()
    }
    await turn()
    mostInFlight = Math.max(mostInFlight, model.metrics.inFlight)
  }
  await Promise.all(calls)
  return { metrics: model.metrics, mostInFlight }
}

/** A model that waits for a step before its first text and before its end; prompts are places in the plans. */
function stepwise(plans: readonly Plan[], step: () => Promise<void>): Model {
  async function end(prompt: string) {
    await step()
    const { failure, isCached, usage } = plans[Number(prompt)]!
    if (failure) throw new AssayError('It failed.', { kind: failure })
    currentCall.getStore()!.cached = isCached
    return { usage }
  }
  return createModel({
    provider: 'test',
    name: 'stepwise',
    price: costOf,
    generate: async ([message]) => ({ text: '', ...(await end(message!.content)) }),
    embed: async ([text]) => ({ embeddings: [[1]], ...(await end(text!)) }),
    async *stream([message]) {
      await step()
      yield { text: 'a' }
      return end(message!.content)
    },
  })
}

async function makeCall(model: Model, { way, isAborted }: Plan, prompt: string): Promise<unknown> {
  const options = isAborted ? { signal: AbortSignal.abort() } : {}
  if (way === 'generate') return model.generate(prompt, options)
  if (way === 'embed') return model.embed!([prompt], options)
  const stream = model.stream(prompt, options)
  if (way === 'ignore') return stream
  if (way === 'response') return stream.response
  const response = way === 'both' ? stream.response : undefined
  for await (const { text } of stream) if (way === 'leave' && text) break
  return response
}

function expectedOf(plans: readonly Plan[]): Partial<ModelMetrics> {
  const begun = plans.filter(({ way }) => way !== 'ignore')
  const isCancelled = ({ isAborted, way }: Plan) => isAborted || way === 'leave'
  const ended = begun.filter((plan) => !isCancelled(plan))
  const failures = ended.flatMap(({ failure }) => failure ?? [])
  const responses = ended.filter(({ failure }) => failure === undefined)
  const sent = responses.filter(({ isCached }) => !isCached)
  const usages = sent.flatMap(({ usage }) => usage ?? [])
  const sum = (valueOf: (usage: Usage) => number) =>
    usages.length === 0 ? null : usages.reduce((total, usage) => total + valueOf(usage), 0)
  return {
    calls: begun.length,
    inFlight: 0,
    succeeded: responses.length,
    failures: failures.length,
    failuresByKind: Object.fromEntries(
      Object.entries(Object.groupBy(failures, (kind) => kind)).map(([kind, of]) => [
        kind,
        of.length,
      ]),
    ),
    cancelled: begun.length - ended.length,
    cached: responses.length - sent.length,
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    costUsd: sum(costOf),
    costUnknown: sent.length - usages.length,
  }
}

/** Of 64ths, so that sums are exact in whatever order they are made. */
function costOf({ inputTokens, outputTokens }: Usage): number {
  return (inputTokens + 4 * outputTokens) / 64
}
