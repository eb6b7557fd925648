import type { FinishReason, ModelResponse } from '../../../model/response.ts'
import { resultOf } from '../../../testing/outcome.ts'
import { demand, type LiveCheck, SHORT, type Unseen } from './check.ts'
import { within } from '../within.ts'
import { answers, questions, UNSEEN } from './marks.ts'

const reasons: Readonly<Record<FinishReason, true>> = {
  stop: true,
  length: true,
  content_filter: true,
  tool_calls: true,
  unknown: true,
}

export const generate: LiveCheck = {
  name: 'generate',
  demand: 'gives a text, why it ended, where it came from, and how long it took',
  async run(bench) {
    const { model, provider } = bench
    const call = within('generate()', bench, model.generate(questions[0]!, SHORT))
    requireResponse('generate()', await resultOf('generate()', call), provider)
  },
}

/** What every response is, whatever its text. */
export function requireResponse(what: string, response: ModelResponse, provider: string): void {
  const { text, finishReason, blocked, latencyMs, waitedMs, servedBy } = response
  demand(typeof text === 'string', `${what}: \`text\` is no text.`)
  demand(
    finishReason in reasons,
    `${what}: \`finishReason\` is none of ${Object.keys(reasons).join(', ')}.`,
  )
  demand(response.provider === provider, `${what}: \`provider\` is not ${provider}.`)
  demand(typeof servedBy === 'string' && servedBy !== '', `${what}: \`servedBy\` names no model.`)
  demand(latencyMs >= 0 && waitedMs >= 0, `${what}: \`latencyMs\` or \`waitedMs\` is no time.`)
  const isOwn = blocked === null || (blocked.reason !== '' && blocked.source !== '')
  demand(isOwn, `${what}: \`blocked\` says neither why nor by which signal.`)
}

export const usage: LiveCheck = {
  name: 'usage',
  demand: 'tokens are counted, and what is not known is null and not 0',
  async run(bench) {
    const call = within('generate()', bench, bench.model.generate(questions[1]!, SHORT))
    const { usage: used, costUsd } = await resultOf('generate()', call)
    demand(costUsd === null || costUsd >= 0, 'generate(): `costUsd` is no amount.')
    if (!used)
      return { part: 'the server says nothing of tokens, so what a call costs is not known' }
    const isCount = (value: number) => Number.isInteger(value) && value >= 0
    const { inputTokens, outputTokens } = used
    demand(
      inputTokens > 0,
      'generate(): `usage.inputTokens` is not above 0, for a prompt that has words.',
    )
    demand(
      [inputTokens, outputTokens].every(isCount),
      'generate(): `usage` holds what is no count.',
    )
    return undefined
  },
}

export const batch: LiveCheck = {
  name: 'batch',
  demand: 'gives one result for each input, in their order; one that fails fails alone',
  async run(bench) {
    const { model } = bench
    const wrong = [{ role: 'nobody', content: 'Hi' }] as never
    const inputs = [...questions, wrong]
    const call = model.batch(inputs, { ...SHORT, concurrency: 2 })
    const results = await resultOf('batch()', within('batch()', bench, call, inputs.length))
    demand(
      results.length === inputs.length,
      `batch(): ${inputs.length} inputs have ${results.length} results.`,
    )
    demand(
      results.at(-1)!.status === 'rejected',
      'batch(): an input that no model takes was not rejected.',
    )
    const texts = results.slice(0, -1).map((one, index) => {
      if (one.status === 'fulfilled') return one.value.text
      throw new Error(`batch(): input ${index} was rejected: ${String(one.reason)}`)
    })
    demand((await model.batch([])).length === 0, 'batch(): there are results of no inputs.')
    return requirePlaced('batch()', texts)
  },
}

export const streamBatch: LiveCheck = {
  name: 'streamBatch',
  demand: 'gives one result for each input, in their order or as they come',
  async run(bench) {
    const read = async (order: 'input' | 'completion') => {
      const texts: string[] = []
      const indexes: number[] = []
      const settings = { ...SHORT, concurrency: 2, order }
      for await (const { index, result } of bench.model.streamBatch(questions, settings)) {
        if (result.status === 'rejected') throw result.reason
        indexes.push(index)
        texts[index] = result.value.text
      }
      return { indexes, texts }
    }
    const all = questions.map((_, index) => index).join()
    const inOrder = await within('streamBatch()', bench, read('input'), questions.length)
    demand(
      inOrder.indexes.join() === all,
      "streamBatch(), order: 'input': results come in another order.",
    )
    const asTheyCame = await within('streamBatch()', bench, read('completion'), questions.length)
    const sorted = asTheyCame.indexes.toSorted((a, b) => a - b).join()
    demand(
      sorted === all,
      "streamBatch(), order: 'completion': there is not one result for each input.",
    )
    requirePlaced("streamBatch(), order: 'completion'", asTheyCame.texts)
    return requirePlaced("streamBatch(), order: 'input'", inOrder.texts)
  },
}

export const concurrent: LiveCheck = {
  name: 'concurrent',
  demand: 'calls at the same time get each its own response',
  async run(bench) {
    const calls = questions.map((question) => bench.model.generate(question, SHORT))
    const together = within('Calls at the same time', bench, Promise.all(calls), calls.length)
    const responses = await resultOf('Calls at the same time', together)
    return requirePlaced(
      'generate(), at the same time',
      responses.map(({ text }) => text),
    )
  },
}

/** Sees to it that each answer is where its question was; returns what does not show. */
function requirePlaced(what: string, texts: readonly string[]): Unseen | undefined {
  const placed = texts.map((text, index) => answers(text, index))
  const wrong = placed.indexOf(false)
  demand(wrong < 0, `${what}: result ${wrong} is the answer to another input.`)
  return placed.includes(undefined) ? { part: UNSEEN } : undefined
}
