import { expect } from 'vitest'
import type { Check } from '../check.ts'
import { resultOf, started } from '../outcome.ts'
import { numbered } from '../reply.ts'

const INPUTS = 12
const BOUND = 3
const REFUSED = 7

/** A prompt for each number; what answers it can tell them apart. */
export function prompts(count: number): string[] {
  return Array.from({ length: count }, (_, question) => `This is question-${question}.`)
}

export const batch: Check = {
  name: 'batch: keeps the order and the bound, and settles each input by itself',
  async run({ open, replies: { answer, invalidRequest } }) {
    await using stage = await open()
    const { server, model, inTime } = stage
    const batched = model.batch(prompts(INPUTS), { concurrency: BOUND })
    const call = started(inTime('batch()', batched, INPUTS / BOUND))
    const over = call.then(
      () => true,
      () => true,
    )
    while (!(await Promise.race([over, server.quiet()]))) {
      for (const request of server.open.toReversed()) {
        const { question } = request
        request.answer(question === REFUSED ? invalidRequest : numbered(answer, question))
      }
    }
    const settled = await resultOf('batch(), in which one call fails,', call)
    const results = settled.map((one) =>
      one.status === 'fulfilled' ? one.value.text : String(one.reason),
    )
    const expected = prompts(INPUTS).map((_, question) => `${answer.expect.text} ${question}`)
    expected[REFUSED] = expect.stringMatching(/^AssayError:/) as string
    expect(results, `results of batch(), of which ${REFUSED} was refused`).toEqual(expected)
    const most = `requests that were open at once, of batch() with \`concurrency: ${BOUND}\``
    expect(server.mostOpen, most).toBe(BOUND)
    expect(await model.batch([]), 'batch() of nothing').toEqual([])
  },
}
