import { expect } from 'vitest'
import type { Bench, Check } from '../check.ts'
import { failureOf, PROMPT, read, responseOf, started, ways } from '../outcome.ts'
import { prompts } from './batch.ts'
import { expectNumbers, expectResponse } from './generate.ts'

/** Short, since nobody looks at the text. */
const options = { maxTokens: 16 }

const generate: Check<Bench> = {
  name: 'generate: gives a text, and says where it came from and how long it took',
  async run(bench) {
    await using stage = await bench.open()
    const before = performance.now()
    const call = stage.model.generate(PROMPT, options)
    const response = await responseOf('generate()', stage.inTime('generate()', call))
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
    const response = await responseOf('stream()', stage.inTime('stream()', call))
    expectNumbers('stream()', response, performance.now() - before)
    expect(texts.join(''), 'stream(): the texts of its chunks, put together').toBe(response.text)

    const left = stage.model.stream(PROMPT, options)
    for await (const _ of left) break
    const what = '`response` of a stream that was left'
    const { kind } = await failureOf(what, stage.inTime(what, left.response))
    expect(kind, `kind of the error of ${what}`).toBe('cancelled')
  },
}

const batch: Check<Bench> = {
  name: 'batch: gives one result for each input',
  async run({ open }) {
    const { model, inTime, ...stage } = await open()
    const results = await inTime('batch()', model.batch(prompts(4), { ...options, concurrency: 2 }))
    expect(
      results.map(({ status }) => status),
      'what became of the inputs of batch()',
    ).toEqual(prompts(4).map(() => 'fulfilled'))
    expect(await model.batch([]), 'batch() of nothing').toEqual([])
    await stage[Symbol.asyncDispose]()
  },
}
