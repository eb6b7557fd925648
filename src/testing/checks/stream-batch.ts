import { expect } from 'vitest'
import type { BatchResult, StreamBatchOptions } from '../../model/model.ts'
import type { Check, HttpBench } from '../check.ts'
import { resultOf, started } from '../outcome.ts'
import { numbered } from '../reply.ts'
import type { Stage } from '../stage.ts'
import { prompts } from './batch.ts'

export const streamBatch: Check = {
  name: 'streamBatch: gives results in order or as they come, never stalls, and ends when it is left',
  async run(bench) {
    await inOrder(bench)
    await asTheyCome(bench)
    await leave(bench)
  },
}

/** A slow first call holds back the results behind it, and not the start of other calls. */
async function inOrder({ open, replies: { answer } }: HttpBench): Promise<void> {
  await using stage = await open()
  const { server, inTime } = stage
  const { results, end } = collect(stage, 5, { concurrency: 2 })
  for (let round = 0; round < 5; round++) {
    await server.quiet()
    for (const request of server.open) {
      if (request.question !== 0) request.answer(numbered(answer, request.question))
    }
  }
  const sent = server.requests.map(({ question }) => question)
  const early = 'questions that were sent while the first of them was not answered'
  expect(new Set(sent), early).toEqual(new Set([0, 1, 2, 3, 4]))
  expect(results, 'results, in the order of the inputs, before the first was answered').toEqual([])
  for (const request of server.open) request.answer(numbered(answer, request.question))
  const what = "streamBatch() with order: 'input'"
  await resultOf(what, inTime(what, end))
  const expected = prompts(5).map((_, question) => `${question}: ${answer.expect.text} ${question}`)
  expect(results, `results of ${what}`).toEqual(expected)
}

async function asTheyCome({ open, replies: { answer } }: HttpBench): Promise<void> {
  await using stage = await open()
  const { server, inTime } = stage
  const { results, end } = collect(stage, 3, { concurrency: 3, order: 'completion' })
  for (const question of [2, 0, 1]) {
    await server.quiet()
    server.open.find((request) => request.question === question)?.answer(numbered(answer, question))
  }
  const what = "streamBatch() with order: 'completion'"
  await resultOf(what, inTime(what, end))
  const expected = [2, 0, 1].map((question) => `${question}: ${answer.expect.text} ${question}`)
  expect(results, `results of ${what}`).toEqual(expected)
}

async function leave({ open, replies: { answer } }: HttpBench): Promise<void> {
  await using stage = await open()
  const { server, model, inTime } = stage
  const left = started(
    (async () => {
      for await (const { index } of model.streamBatch(prompts(8), { concurrency: 2 })) return index
      return undefined
    })(),
  )
  await server.quiet()
  server.open.find(({ question }) => question === 0)?.answer(numbered(answer, 0))
  const what = 'a loop over streamBatch() that is left'
  await resultOf(what, inTime(what, left))
  await server.until(
    () => server.open.length === 0,
    'the end of the requests in flight, after the loop over streamBatch() was left',
  )
  await server.quiet()
  const most = 'requests of 8 inputs with `concurrency: 2`, where the loop was left after the first'
  expect(server.requests.length, most).toBeLessThanOrEqual(3)
}

/** Reads a batch; `results` fills as it goes. */
function collect(
  { model }: Stage,
  count: number,
  options: StreamBatchOptions,
): { readonly results: readonly string[]; readonly end: Promise<void> } {
  const results: string[] = []
  const end = (async () => {
    for await (const one of model.streamBatch(prompts(count), options)) results.push(toText(one))
  })()
  return { results, end: started(end) }
}

function toText({ index, result }: BatchResult): string {
  return `${index}: ${result.status === 'fulfilled' ? result.value.text : String(result.reason)}`
}
