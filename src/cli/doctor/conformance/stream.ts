import { read, resultOf } from '../../../testing/outcome.ts'
import { type Bench, demand, errorOf, type LiveCheck, SHORT } from './check.ts'
import { within } from '../within.ts'
import { COUNT, counts } from './marks.ts'
import { requireResponse } from './responses.ts'

export const stream: LiveCheck = {
  name: 'stream',
  demand: 'its chunks, put together, are its response and come in order; leaving it cancels it',
  async run(bench) {
    const { texts, response: call } = read(bench.model.stream(COUNT, SHORT))
    const response = await resultOf('stream()', within('stream()', bench, call))
    requireResponse('stream()', response, bench.provider)
    demand(
      texts.join('') === response.text,
      'stream(): its chunks, put together, are not the text of its response.',
    )
    const { firstTokenMs, latencyMs } = response
    const isTime = firstTokenMs === null || (firstTokenMs >= 0 && firstTokenMs <= latencyMs)
    demand(isTime, 'stream(): `firstTokenMs` does not lie between 0 and `latencyMs`.')
    const isInOrder = await countsInOrder(bench, response.text)
    await requireLeft(bench)
    if (isInOrder) return undefined
    return { part: 'the model does not count as it is told to, so the order does not show' }
  },
}

/** Whether the model counts, and in its stream too. */
async function countsInOrder(bench: Bench, streamed: string): Promise<boolean> {
  if (counts(streamed)) return true
  const whole = within('generate()', bench, bench.model.generate(COUNT, SHORT))
  const { text } = await resultOf('generate()', whole)
  demand(!counts(text), 'stream(): asked to count, it gives another order than generate().')
  return false
}

async function requireLeft(bench: Bench): Promise<void> {
  const left = bench.model.stream(COUNT, SHORT)
  const chunks = left[Symbol.asyncIterator]()
  const first = await within('The first chunk of stream()', bench, chunks.next())
  if (first.done) return // there was nothing to leave
  await within('Leaving stream()', bench, chunks.return!())
  const what = '`response` of a stream that was left'
  const { kind } = await errorOf(what, within(what, bench, left.response))
  demand(kind === 'cancelled', `${what} is an error of the kind ${kind}, and not cancelled.`)
}
