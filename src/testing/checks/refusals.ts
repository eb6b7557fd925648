import { expect } from 'vitest'
import type { Check } from '../check.ts'
import { expectKind } from '../expect-kind.ts'
import { failureOf, ways } from '../outcome.ts'
import { eventsOf, type Reply } from '../reply.ts'

export const invalidRequest: Check = {
  name: 'invalidRequest: a request that is wrong is an error at once, and not sent again',
  async run({ open, replies: { invalidRequest: reply } }) {
    await using stage = await open(reply)
    await expectKind('invalid_request', 'of a request that is wrong', stage)
    expect(stage.server.requests.length, 'requests of three calls').toBe(3)
  },
}

export const errorWithin200: Check = {
  name: 'errorWithin200: an error with status 200 is an error of its kind, and no text',
  async run({ open, replies: { errorWithin200: reply } }) {
    if (!reply) return
    const { kind } = reply.expect
    // what is limited is sent again as long as there is time
    const settings = kind === 'rate_limit' ? { deadline: 1000 } : { attempts: 1 }
    await using stage = await open(reply, settings)
    await expectKind(kind, 'of an error with status 200', stage)
  },
}

export const malformed: Check = {
  name: 'malformed: what cannot be read is an error of kind `parse`, and not sent again',
  async run({ open, replies: { malformed: none, answer, stream } }) {
    const half = { ...answer, body: answer.body.slice(0, answer.body.length / 2) }
    const bodies: Record<string, Reply> = { 'of what is no response': none, 'of half a body': half }
    for (const [what, reply] of Object.entries(bodies)) {
      await using stage = await open(reply)
      await expectKind('parse', what, stage)
      expect(stage.server.requests.length, `requests of three calls ${what}`).toBe(3)
    }
    if (!stream) return
    const [first = '', ...others] = eventsOf(stream)
    await using stage = await open({ ...stream, body: [torn(first), ...others].join('') })
    const what = 'stream() of an event that is torn'
    const call = stage.inTime(what, ways['stream()']!(stage.model))
    expect((await failureOf(what, call)).kind, `kind of the error of ${what}`).toBe('parse')
    expect(stage.server.requests.length, `requests of ${what}`).toBe(1)
  },
}

/** An event without the end of its JSON. */
function torn(event: string): string {
  return event.replace(/\}(\s*)$/, '$1')
}
