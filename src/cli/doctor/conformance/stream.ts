import { read, resultOf } from '../../../testing/outcome.ts'
import { type Bench, demand, errorOf, type LiveCheck, SHORT, wait } from './check.ts'
import { COUNT, counts } from './marks.ts'
import { requireResponse } from './responses.ts'

export const stream: LiveCheck = {
  name: 'stream',
  demand: 'its chunks, put together, are its response and come in order; leaving it cancels it',
  async run(bench) {
    const { texts, response: call } = read(bench.model.stream(COUNT, SHORT))
    const response = await resultOf('stream()', wait('stream()', bench, call))
    requireResponse('stream()', response, bench.provider)
    demand(
      texts.join('') === response.text,
      'stream(): its chunks, put together, are not the text of its response.',
    )
    const { firstTokenMs, latencyMs } = response
    const isTime = firstTokenMs === null || (firstTokenMs >= 0 && firstTokenMs <= latencyMs)
    demand(isTime, 'stream(): `firstTokenMs` does not lie between 0 and `latencyMs`.')
    await requireLeft(bench)
    if (counts(response.text)) return undefined
    const whole = wait('generate()', bench, bench.model.generate(COUNT, SHORT))
    const { text } = await resultOf('generate()', whole)
    demand(!counts(text), 'stream(): asked to count, it gives another order than generate().')
    return { part: 'the model does not count as it is told to, so the order does not show' }
  },
}

async function requireLeft(bench: Bench): Promise<void> {
  const left = bench.model.stream(COUNT, SHORT)
  const chunks = left[Symbol.asyncIterator]()
  const first = await wait('The first chunk of stream()', bench, chunks.next())
  if (first.done) return // there was nothing to leave
  await wait('Leaving stream()', bench, chunks.return!())
  const what = '`response` of a stream that was left'
  const { kind } = await errorOf(what, wait(what, bench, left.response))
  demand(kind === 'cancelled', `${what} is an error of the kind ${kind}, and not cancelled.`)
}
