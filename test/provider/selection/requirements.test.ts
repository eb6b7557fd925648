import { describe, expect, test } from 'vitest'
import type { Member } from '../../../src/provider/members/member.ts'
import type { Requirements } from '../../../src/provider/selection/requirements.ts'
import { createSelector } from '../../../src/provider/selection/selector.ts'
import { createStatistics } from '../../../src/provider/selection/statistics.ts'
import { createStrategy } from '../../../src/provider/selection/strategies.ts'
import type { ExpectedCall } from '../../../src/provider/selection/strategy.ts'
import { failureOf } from '../../support/failure.ts'
import { asked, memberOf, scriptedSpeed } from './members.ts'

/** What is said of a member that is not taken; nothing where it is. */
async function refusal(
  member: Member,
  required: Requirements,
  expected?: Partial<ExpectedCall>,
): Promise<string | undefined> {
  const selector = createSelector({
    members: () => [member],
    strategy: createStrategy('ucb'),
    statistics: createStatistics(),
  })
  try {
    selector.take(required, expected).cancel()
    return undefined
  } catch (error) {
    const { message, kind } = await failureOf(Promise.reject(error))
    expect(kind).toBe('config')
    return /^No model can be selected: m: (.*)\.$/.exec(message)![1]
  }
}

describe('what is said of a model', () => {
  test.each<[string, Requirements, string | undefined]>([
    ['a capability that it has', { capabilities: ['tools'] }, undefined],
    ['one that it has not', { capabilities: ['text', 'vision'] }, 'capabilities: no vision'],
    [
      'one of which nothing is said',
      { capabilities: ['audio'] },
      'capabilities: nothing says audio',
    ],
    ['text, of which nothing is said', { capabilities: ['text'] }, undefined],
    ['a context window that is equal', { contextWindow: 8000 }, undefined],
    ['one that is larger', { contextWindow: 8001 }, 'contextWindow: 8000 < 8001'],
    ['a length of responses that is equal', { maxOutputTokens: 500 }, undefined],
    ['one that is larger', { maxOutputTokens: 501 }, 'maxOutputTokens: 500 < 501'],
    ['its provider', { providers: ['other', 'acme'] }, undefined],
    ['another provider', { providers: ['other'] }, 'providers: acme is not among other'],
    ['that its name is out', { exclude: ['m'] }, 'excluded'],
    ['that its spec is out', { exclude: ['acme/m'] }, 'excluded'],
    ['that another is out', { exclude: ['acme/n'] }, undefined],
    ['nothing', {}, undefined],
  ])('O-04: asked for %s', async (_asked, required, reason) => {
    const capabilities = {
      tools: true,
      vision: false,
      contextWindow: 8000,
      maxOutputTokens: 500,
    }
    expect(await refusal(await memberOf('m', { capabilities }), required)).toBe(reason)
  })

  test('O-04: a context window that nobody knows meets no limit, whatever else is allowed', async () => {
    const member = await memberOf('m')
    const required = { contextWindow: 1, allowUnknown: true }
    expect(await refusal(member, required)).toBe('contextWindow: unknown')
  })

  test('O-04: that it cannot answer with text is said of it', async () => {
    const member = await memberOf('m', { capabilities: { text: false } })
    expect(await refusal(member, { capabilities: ['text'] })).toBe('capabilities: no text')
  })
})

describe('what a call costs', () => {
  test.each<[number | undefined, Requirements, string | undefined]>([
    [0.01, { maxCostUsd: 0.01 }, undefined],
    [0.03, { maxCostUsd: 0.01 }, 'maxCostUsd: 0.03 > 0.01'],
    [0, { maxCostUsd: 0 }, undefined],
    [undefined, { maxCostUsd: 1 }, 'maxCostUsd: its price is unknown'],
    [undefined, { maxCostUsd: 1, allowUnknown: true }, undefined],
    [undefined, {}, undefined],
  ])('O-04: a price of %s and %j', async (price, required, reason) => {
    const member = await memberOf('m', price === undefined ? {} : { price })
    expect(await refusal(member, required)).toBe(reason)
  })

  /** What a call costs that is one dollar per token of input, and a thousand per token of output. */
  async function costOf(required: Requirements, expected?: Partial<ExpectedCall>): Promise<string> {
    const price = (usage: { inputTokens: number; outputTokens: number }) =>
      usage.inputTokens + 1000 * usage.outputTokens
    const member = await memberOf('m', { price })
    const reason = await refusal(member, { ...required, maxCostUsd: 0 }, expected)
    return reason!.replace(/^maxCostUsd: (.*) > 0$/, '$1')
  }

  test('O-04: it is that of the tokens that the call will take', async () => {
    expect(await costOf({}, { inputTokens: 7, outputTokens: 3 })).toBe('3010')
  })

  test('O-04: tokens that are required go before those of the call', async () => {
    const required = { inputTokens: 1, outputTokens: 2 }
    expect(await costOf(required, { inputTokens: 7, outputTokens: 3 })).toBe('2000')
  })

  test('O-04: of responses of which nothing is known it is that of 500 tokens', async () => {
    expect(await costOf({})).toBe('500000')
  })

  test('O-04: it is that of what the model gave so far, where nothing says more', async () => {
    const generate = scriptedSpeed({ latencyMs: 1, tokens: 20 }, { latencyMs: 1, tokens: 40 })
    const price = ({ outputTokens }: { outputTokens: number }) => outputTokens
    const member = await asked(await memberOf('m', { generate, price }), 2)
    expect(await refusal(member, { maxCostUsd: 30 })).toBeUndefined()
    expect(await refusal(member, { maxCostUsd: 29 })).toBe('maxCostUsd: 30 > 29')
  })
})

describe('what was measured', () => {
  const measured = () =>
    memberOf('m', { generate: scriptedSpeed({ latencyMs: 500, tokens: 50 }) }).then((m) => asked(m))

  test.each<[Requirements, string | undefined]>([
    [{ minTokensPerSecond: 100 }, undefined],
    [{ minTokensPerSecond: 101 }, 'minTokensPerSecond: 100 < 101'],
    [{ maxLatencyMs: 500 }, undefined],
    [{ maxLatencyMs: 499 }, 'maxLatencyMs: 500 > 499'],
  ])('O-04: 50 tokens in half a second and %j', async (required, reason) => {
    expect(await refusal(await measured(), required)).toBe(reason)
  })

  test.each<[Requirements, string | undefined]>([
    [{ minTokensPerSecond: 100 }, undefined],
    [{ minTokensPerSecond: 100, allowUnknown: false }, 'minTokensPerSecond: not measured'],
    [{ maxLatencyMs: 1 }, undefined],
    [{ maxLatencyMs: 1, allowUnknown: false }, 'maxLatencyMs: not measured'],
  ])('O-04: nothing yet and %j', async (required, reason) => {
    expect(await refusal(await memberOf('m'), required)).toBe(reason)
  })
})
