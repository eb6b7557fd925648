import { expect } from 'vitest'
import type { Bench, Check } from '../check.ts'
import { failureOf, PROMPT, read, resultOf, started, ways } from '../outcome.ts'
import type { Stage } from '../stage.ts'
import { prompts } from './batch.ts'
import { expectNumbers, expectResponse } from './generate.ts'
import { teardown } from './teardown.ts'

/** Short, since nobody looks at the text. */
const options = { maxTokens: 16 }
const INPUTS = 4

const generate: Check<Bench> = {
  name: 'generate: gives a text, and says where it came from and how long it took',
  async run(bench) {
    await using stage = await bench.open()
    const before = performance.now()
    const call = stage.model.generate(PROMPT, options)
    const response = await resultOf('generate()', stage.inTime('generate()', call))
    expectNumbers('generate()', response, performance.now() - before)
    expect(response.firstTokenMs, 'generate(): firstTokenMs').toBeNull()
    const { text, costUsd } = response
    expect(text, 'generate(): text').toBeTypeOf('string')
    expectResponse('generate()', response, { text, costUsd }, bench)
  },
}

const stream: Check<Bench> = {
  name: 'stream: its chunks are its response, and leaving it cancels it',
  async run(bench) {
    await using stage = await bench.open()
    const before = performance.now()
    const { texts, response: call } = read(stage.model.stream(PROMPT, options))
    const response = await resultOf('stream()', stage.inTime('stream()', call))
    expectNumbers('stream()', response, performance.now() - before)
    expect(texts.join(''), 'stream(): the texts of its chunks, put together').toBe(response.text)
    if (texts.length > 0) await expectLeft(stage)
  },
}

async function expectLeft({ model, inTime }: Stage): Promise<void> {
  const left = model.stream(PROMPT, options)
  const chunks = left[Symbol.asyncIterator]()
  await inTime('the first chunk of stream()', chunks.next())
  await inTime('leaving stream()', chunks.return!())
  const what = '`response` of a stream that was left'
  const { kind } = await failureOf(what, inTime(what, left.response))
  expect(kind, `kind of the error of ${what}`).toBe('cancelled')
}

const batch: Check<Bench> = {
  name: 'batch: gives one result for each input',
  async run({ open }) {
    await using stage = await open()
    const { model, inTime } = stage
    const call = model.batch(prompts(INPUTS), { ...options, concurrency: 2 })
    const results = await inTime('batch()', call, INPUTS)
    const became = results.map((one) => (one.status === 'fulfilled' ? 'text' : String(one.reason)))
    expect(became, 'what became of the inputs of batch()').toEqual(
      prompts(INPUTS).map(() => 'text'),
    )
    expect(await model.batch([]), 'batch() of nothing').toEqual([])
  },
}

const streamBatch: Check<Bench> = {
  name: 'streamBatch: gives one result for each input, in the order that is asked for',
  async run({ open }) {
    await using stage = await open()
    const { model, inTime } = stage
    const indexes = async (order: 'input' | 'completion') => {
      const all: number[] = []
      const settings = { ...options, concurrency: 2, order }
      for await (const { index } of model.streamBatch(prompts(INPUTS), settings)) all.push(index)
      return all
    }
    const inOrder = await inTime("streamBatch() with order: 'input'", indexes('input'))
    expect(inOrder, "inputs of the results with order: 'input'").toEqual([0, 1, 2, 3])
    const asTheyCame = await inTime("streamBatch() with order: 'completion'", indexes('completion'))
    const what = "inputs of the results with order: 'completion', sorted"
    expect(
      asTheyCame.toSorted((a, b) => a - b),
      what,
    ).toEqual([0, 1, 2, 3])
  },
}

const abort: Check<Bench> = {
  name: 'abort: ends a call with an error of kind `cancelled`',
  async run({ open }) {
    await using stage = await open()
    const { model, inTime } = stage
    for (const [way, call] of Object.entries(ways)) {
      const before = `${way} with a signal that was aborted before`
      const unsent = call(model, { ...options, signal: AbortSignal.abort() })
      const { kind } = await failureOf(before, inTime(before, unsent))
      expect(kind, `kind of the error of ${before}`).toBe('cancelled')

      const caller = new AbortController()
      const running = started(call(model, { ...options, signal: caller.signal }))
      caller.abort()
      const what = `${way}, once its signal is aborted,`
      const error: unknown = await inTime(what, running).catch((reason: unknown) => reason)
      // it may have been done already; if not, it says so
      if (!(error instanceof Error)) continue
      expect((await failureOf(what, running)).kind, `kind of the error of ${what}`).toBe(
        'cancelled',
      )
    }
  },
}

/** What can be seen of a model that sends no requests. */
export const inProcessChecks: readonly Check<Bench>[] = [
  generate,
  stream,
  batch,
  streamBatch,
  abort,
  teardown,
]
