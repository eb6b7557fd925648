import { expect } from 'vitest'
import type { Check, HttpBench } from '../check.ts'
import { PROMPT, read, responseOf } from '../outcome.ts'
import { eventsOf, type Reply } from '../reply.ts'
import type { ServerRequest } from '../server.ts'
import type { Stage } from '../stage.ts'
import { expectNumbers, expectResponse } from './generate.ts'

type Piece = string | Uint8Array

export const stream: Check = {
  name: 'stream: gives the text as it comes, the same however the network cuts it',
  async run(bench) {
    const { stream: reply, answer } = bench.replies
    if (!reply) {
      await using stage = await bench.open(answer)
      return wholeOf(bench, stage, 'stream() of a server that does not stream')
    }
    const events = eventsOf(reply)
    const cuts: [string, readonly Piece[]][] = [
      ['sent in one piece', [reply.body]],
      ['sent event by event', events],
      ['sent byte by byte', [...Buffer.from(reply.body)].map((byte) => Uint8Array.of(byte))],
    ]
    if (/event-stream/.test(reply.headers['content-type'] ?? '')) {
      const other = events.map((event) => `: comment\n\n${event}`.replaceAll(/\r?\n/g, '\r\n'))
      cuts.push(['sent with \\r\\n and comments', other])
    }
    for (const [how, pieces] of cuts) {
      await using stage = await bench.open((request) => void play(request, reply, pieces))
      await wholeOf(bench, stage, `stream(), ${how}`)
    }
    await expectEarlyText(bench, reply)
  },
}

async function play(request: ServerRequest, reply: Reply, pieces: readonly Piece[]): Promise<void> {
  request.begin(reply)
  for (const piece of pieces) await request.write(piece)
  request.end()
}

async function wholeOf(bench: HttpBench, stage: Stage, what: string): Promise<void> {
  const { stream: reply, answer } = bench.replies
  const before = performance.now()
  const { texts, response: call } = read(stage.model.stream(PROMPT))
  const response = await responseOf(what, stage.inTime(what, call))
  expectNumbers(what, response, performance.now() - before)
  const expected = reply ? reply.expect : answer.expect
  expect(texts.join(''), `${what}: the texts of its chunks, put together`).toBe(expected.text)
  expectResponse(what, response, expected, bench)
  if (reply) {
    expect(response.firstTokenMs, `${what}: firstTokenMs`).toBeGreaterThanOrEqual(0)
    expect(response.firstTokenMs, `${what}: firstTokenMs`).toBeLessThanOrEqual(response.latencyMs)
  }
  expect(stage.server.requests, `requests that ${what} has sent`).toHaveLength(1)
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
  await responseOf('stream()', inTime('stream()', response))
}
