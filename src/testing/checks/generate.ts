import { expect } from 'vitest'
import type { ModelResponse } from '../../model/response.ts'
import type { Bench, Check } from '../check.ts'
import type { ExpectedResponse } from '../contract.ts'
import { PROMPT, resultOf } from '../outcome.ts'
import { PRICE, type Stage } from '../stage.ts'

export const generate: Check = {
  name: 'generate: gives the text, the usage and the finish reason of the response, for one request',
  async run(bench) {
    const { answer } = bench.replies
    await using stage = await bench.open(answer)
    const before = performance.now()
    const response = await generated(stage)
    expectNumbers('generate()', response, performance.now() - before)
    expect(response.firstTokenMs, 'generate(): firstTokenMs').toBeNull()
    expectResponse('generate()', response, answer.expect, bench)
    const { requests } = stage.server
    expect(requests.length, 'requests that generate() has sent').toBe(1)
    expect(requests[0]!.text, 'the body of the request').toContain('question-0')
    const past = requests.filter(({ isThroughSeam }) => !isThroughSeam)
    expect(past.length, 'requests that were not sent by `request` of the context').toBe(0)
  },
}

/** The response of one call with `generate`. */
export function generated({ inTime, model }: Stage): Promise<ModelResponse> {
  return resultOf('generate()', inTime('generate()', model.generate(PROMPT)))
}

/** Compares all that a response must be, in one go, so that one failure shows all of it. */
export function expectResponse(
  what: string,
  response: ModelResponse,
  { costUsd = costOf(response), ...given }: ExpectedResponse,
  { name, contract }: Bench,
): void {
  const expected = {
    provider: name,
    model: contract.model,
    servedBy: expect.stringMatching(/./) as string,
    blocked: null,
    cached: false,
    attempts: 1,
    costUsd,
    ...given,
  }
  const entries = Object.keys(expected).map((key) => [key, response[key as keyof ModelResponse]])
  expect(Object.fromEntries(entries), `the response of ${what}`).toEqual(expected)
}

/** A provider may know no prices; where it does, the suite's are the user's own. */
function costOf({ usage, costUsd }: ModelResponse): number | null {
  if (!usage || costUsd === null) return null
  const { inputTokens, outputTokens } = usage
  const dollars = (inputTokens * PRICE.input + outputTokens * PRICE.output) / 1_000_000
  return expect.closeTo(dollars, 12) as number
}

export function expectNumbers(
  what: string,
  { latencyMs, waitedMs }: ModelResponse,
  elapsedMs: number,
): void {
  for (const [name, value] of Object.entries({ latencyMs, waitedMs })) {
    expect(value, `${what}: ${name}, in milliseconds`).toBeGreaterThanOrEqual(0)
  }
  expect(
    latencyMs + waitedMs,
    `${what}: latencyMs and waitedMs together, of a call that took ${Math.ceil(elapsedMs)} ms`,
  ).toBeLessThanOrEqual(elapsedMs + 1)
}

export const blocked: Check = {
  name: 'blocked: what the provider refuses is a response with `blocked`, and no error',
  async run({ open, replies }) {
    const reply = replies.blocked
    if (!reply) return
    await using stage = await open(reply)
    const response = await generated(stage)
    const some = expect.stringMatching(/./) as string
    expect(response.blocked, '`blocked` of the response').toEqual({
      reason: some,
      source: some,
      ...reply.expect,
    })
    expect(response.text, '`text` of a blocked response').toBeTypeOf('string')
    expect(stage.server.requests.length, 'requests that generate() has sent').toBe(1)
  },
}

export const noUsage: Check = {
  name: 'noUsage: without a usage of the server there is none, and no cost: null, not 0',
  async run({ open, replies: { noUsage: reply, answer } }) {
    if (!reply) return
    await using stage = await open(reply)
    const { usage, costUsd } = await generated(stage)
    expect({ usage, costUsd }, 'what the response says').toEqual({
      usage: null,
      costUsd: answer.expect.costUsd === 0 ? 0 : null,
    })
  },
}
