import { expect } from 'vitest'
import type { Check, HttpBench } from '../check.ts'
import { PROMPT, read, resultOf } from '../outcome.ts'
import { eventsOf, type Reply } from '../reply.ts'
import type { Cut, Stage } from '../stage.ts'
import { expectNumbers, expectResponse } from './generate.ts'

export const stream: Check = {
  name: 'stream: gives the text as it comes, the same however the network cuts it',
  async run(bench) {
    const { stream: reply, answer } = bench.replies
    if (!reply) {
      await using stage = await bench.open(answer)
      await wholeOf(bench, stage, 'stream() of a server that does not stream')
      return
    }
    for (const [how, { sent = reply, cut }] of Object.entries(variantsOf(reply))) {
      await using stage = await bench.open(sent, {}, cut)
      await wholeOf(bench, stage, `stream() that comes ${how}`)
    }
    await expectEarlyText(bench, reply)
  },
}

/** The same stream in other chunks, or with what the format allows beside the events. */
function variantsOf(reply: Reply): Record<string, { sent?: Reply; cut?: Cut }> {
  const isEventStream = /event-stream/.test(reply.headers['content-type'] ?? '')
  const commented = eventsOf(reply).map((event) => `: comment\n\n${event}`)
  const body = commented.join('').replaceAll(/\r?\n/g, '\r\n')
  return {
    'in one piece': { cut: (text) => [Buffer.from(text)] },
    'event by event': {
      cut: (text) => eventsOf({ ...reply, body: text }).map((event) => Buffer.from(event)),
    },
    'byte by byte': { cut: bytesOf },
    ...(isEventStream && { 'with \\r\\n and comments': { sent: { ...reply, body } } }),
  }
}

function bytesOf(text: string): Uint8Array[] {
  return [...Buffer.from(text)].map((byte) => Uint8Array.of(byte))
}

async function wholeOf(bench: HttpBench, stage: Stage, what: string): Promise<void> {
  const { stream: reply, answer } = bench.replies
  const before = performance.now()
  const { texts, response: call } = read(stage.model.stream(PROMPT))
  const response = await resultOf(what, stage.inTime(what, call))
  expectNumbers(what, response, performance.now() - before)
  const expected = reply ? reply.expect : answer.expect
  expect(texts.join(''), `${what}: the texts of its chunks, put together`).toBe(expected.text)
  expectResponse(what, response, expected, bench)
  if (reply) {
    expect(response.firstTokenMs, `${what}: firstTokenMs`).toBeGreaterThanOrEqual(0)
    expect(response.firstTokenMs, `${what}: firstTokenMs`).toBeLessThanOrEqual(response.latencyMs)
  }
  expect(stage.server.requests.length, `requests that ${what} has sent`).toBe(1)
}

/** A stream that is collected first is none. */
async function expectEarlyText({ open }: HttpBench, reply: Reply): Promise<void> {
  await using stage = await open()
  const { server, model, inTime } = stage
  const { texts, response } = read(model.stream(PROMPT))
  await server.until(() => server.requests.length > 0, 'the request of stream()')
  const [request] = server.requests
  const events = eventsOf(reply)
  request!.begin(reply)
  while (events.length > 1 && texts.length === 0) {
    await request!.write(events.shift()!)
    await server.quiet()
  }
  const what = 'texts that stream() has given before the last event was sent'
  expect(texts.length, what).toBeGreaterThan(0)
  await request!.write(events.join(''))
  request!.end()
  await resultOf('stream()', inTime('stream()', response))
}
