import { expect } from 'vitest'
import type { ModelResponse } from '../../model/response.ts'
import type { Check } from '../check.ts'
import type { ExpectedResponse } from '../contract.ts'
import { failureOf, PROMPT, read } from '../outcome.ts'
import { eventsOf } from '../reply.ts'
import type { Handler } from '../server.ts'

/** How the connection of a stream ends. */
const endings = ['end', 'break'] as const

export const brokenStream: Check = {
  name: 'brokenStream: what ends early is an error, and a part is never given as the whole',
  async run({ open, replies: { stream: reply } }) {
    if (!reply) return
    const events = eventsOf(reply)
    for (let sent = 1; sent < events.length; sent++) {
      for (const ending of endings) {
        const body = events.slice(0, sent).join('')
        const handler: Handler = (request) => {
          request.begin(reply)
          void request.write(body).then(() => request[ending]())
        }
        await using stage = await open(handler)
        const what = `stream() of which ${sent} of ${events.length} events came`
        const { texts, response } = read(stage.model.stream(PROMPT))
        const call = stage.inTime(what, response)
        const whole = await call.catch(() => undefined)
        if (whole) expectWhole(what, whole, reply.expect)
        else await failureOf(what, call)
        if (texts.length > 0) {
          expect(stage.server.requests.length, `requests of ${what}, after a text`).toBe(1)
        }
      }
    }
  },
}

/** Only where all that matters had come is the rest not missed; a usage is whole or none. */
function expectWhole(
  what: string,
  { text, finishReason, usage }: ModelResponse,
  expected: ExpectedResponse,
): void {
  expect({ text, finishReason, usage }, `the response of ${what}, which was to reject`).toEqual({
    text: expected.text,
    finishReason: expected.finishReason ?? finishReason,
    usage: usage && (expected.usage ?? usage),
  })
}

export const errorWithinStream: Check = {
  name: 'errorWithinStream: an error after the first text is an error of its kind, not sent again',
  async run({ open, replies: { errorWithinStream: reply } }) {
    if (!reply) return
    await using stage = await open(reply)
    const { texts, response } = read(stage.model.stream(PROMPT))
    const { kind } = await failureOf('stream()', stage.inTime('stream()', response))
    expect(kind, 'kind of the error').toBe(reply.expect.kind)
    expect(texts.length, 'texts that stream() has given before the error').toBeGreaterThan(0)
    expect(stage.server.requests.length, 'requests that stream() has sent').toBe(1)
  },
}
