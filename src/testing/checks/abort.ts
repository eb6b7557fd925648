import { expect } from 'vitest'
import type { GenerateOptions, Model } from '../../model/model.ts'
import type { ModelResponse } from '../../model/response.ts'
import type { Check, HttpBench } from '../check.ts'
import { failureOf, started, ways } from '../outcome.ts'
import { eventsOf, type Reply } from '../reply.ts'

type Way = (model: Model, options: GenerateOptions) => Promise<ModelResponse>

export const abort: Check = {
  name: 'abort: reaches the connection, and is an error of kind `cancelled`',
  async run(bench) {
    const { stream } = bench.replies
    for (const [name, way] of Object.entries(ways)) {
      await expectUnsent(bench, name, way)
      await expectCancelled(bench, `${name} that waits for its response`, way)
    }
    if (stream) {
      await expectCancelled(bench, 'stream() in the middle', ways['stream()']!, stream)
    }
  },
}

async function expectUnsent({ open }: HttpBench, name: string, way: Way): Promise<void> {
  await using stage = await open()
  const what = `${name} with a signal that was aborted before`
  const call = way(stage.model, { signal: AbortSignal.abort() })
  const { kind } = await failureOf(what, stage.inTime(what, call))
  expect(kind, `kind of the error of ${what}`).toBe('cancelled')
  expect(stage.server.requests.length, `requests of ${what}`).toBe(0)
}

async function expectCancelled(
  { open }: HttpBench,
  what: string,
  way: Way,
  begin?: Reply,
): Promise<void> {
  await using stage = await open()
  const { server, model, inTime } = stage
  const caller = new AbortController()
  const call = started(way(model, { signal: caller.signal }))
  await server.until(() => server.requests.length > 0, `the request of ${what}`)
  const [request] = server.requests
  if (begin) {
    request!.begin(begin)
    const events = eventsOf(begin)
    await request!.write(events.slice(0, Math.ceil(events.length / 2)).join(''))
    await server.quiet()
  }
  caller.abort()
  const aborted = `${what}, once its signal is aborted,`
  const { kind } = await failureOf(aborted, inTime(aborted, call))
  expect(kind, `kind of the error of ${what}`).toBe('cancelled')
  await server.until(() => request!.wasLeft, `the end of the connection of ${what}`)
  await server.quiet()
  expect(server.requests.length, `requests of ${what}`).toBe(1)
}
