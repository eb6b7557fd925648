import { expect } from 'vitest'
import { AssayError } from '../../model/error.ts'
import type { Check, HttpBench } from '../check.ts'
import { expectKind } from '../expect-kind.ts'
import { failureOf, PROMPT } from '../outcome.ts'
import { type Reply, waiting } from '../reply.ts'
import type { Handler } from '../server.ts'
import type { Stage } from '../stage.ts'
import { expectResponse, generated } from './generate.ts'

const ATTEMPTS = 3
const WAIT_MS = 50

export const serverError: Check = {
  name: 'serverError: is sent again up to `attempts`, and then an error of kind `server`',
  async run(bench) {
    const { serverError: given, answer } = bench.replies
    const reply = waiting(given, 0)
    await using stage = await bench.open(first(reply, answer), { attempts: ATTEMPTS })
    const expected = { ...answer.expect, attempts: 2 }
    expectResponse('generate(), sent again', await generated(stage), expected, bench)

    await using down = await bench.open(reply, { attempts: ATTEMPTS })
    const { kind, status, attempts } = await failureOfOne(down)
    expect({ kind, status, attempts }, 'the error of generate()').toEqual({
      kind: 'server',
      status: reply.status,
      attempts: ATTEMPTS,
    })
    expect(down.server.requests.length, `requests with \`attempts: ${ATTEMPTS}\``).toBe(ATTEMPTS)
    await expectKind('server', 'of a server that fails', down)
  },
}

export const rateLimited: Check = {
  name: 'rateLimited: is sent again after the wait that the server asks for, if there is time',
  async run(bench) {
    const { rateLimited: given, answer } = bench.replies
    const handler = first(waiting(given, WAIT_MS / 1000), answer)
    await using stage = await bench.open(handler, { attempts: 1 })
    const expected = { ...answer.expect, attempts: 2 }
    expectResponse('generate(), sent again', await generated(stage), expected, bench)
    const [sent, again] = stage.server.requests.map(({ at }) => at)
    const gap = `milliseconds between two requests, where the server asks for ${WAIT_MS}`
    expect(again! - sent!, gap).toBeGreaterThanOrEqual(WAIT_MS - 1)

    await using busy = await bench.open(waiting(given, 30), { deadline: 5000 })
    const { kind, retryAfterMs } = await failureOfOne(busy)
    expect({ kind, retryAfterMs }, 'the error of generate() with no time to wait').toEqual({
      kind: 'rate_limit',
      retryAfterMs: expect.closeTo(30_000, -4) as number,
    })
    expect(busy.server.requests.length, 'requests with no time to wait').toBe(1)
    await expectKind('rate_limit', 'with no time to wait', busy)
  },
}

export const network: Check = {
  name: 'network: a connection that breaks is tried again, and one without a response times out',
  async run(bench) {
    const { answer } = bench.replies
    const breaksOnce: Handler = (request, count) => (count > 1 ? answer : request.break())
    await using stage = await bench.open(breaksOnce)
    const expected = { ...answer.expect, attempts: 2 }
    expectResponse('generate(), sent again', await generated(stage), expected, bench)
    await using broken = await bench.open((request) => request.break(), { attempts: 1 })
    await expectKind('network', 'of a connection that breaks', broken)
    await using silent = await openSilent(bench, 50)
    await expectKind('timeout', 'of a server that never answers', silent)
  },
}

/** A stage with the shortest of some limits in which this machine, as busy as it is, sets the model up. */
async function openSilent(bench: HttpBench, timeout: number): Promise<Stage> {
  try {
    return await bench.open(undefined, { attempts: 1, timeout })
  } catch (error) {
    const isSlow = AssayError.is(error) && error.kind === 'timeout' && timeout < 2000
    if (!isSlow) throw error
    return openSilent(bench, timeout * 4)
  }
}

/** Answers the first request with one reply and all others with another. */
function first(reply: Reply, others: Reply): Handler {
  return (_request, count) => (count === 1 ? reply : others)
}

function failureOfOne({ inTime, model }: Stage) {
  return failureOf('generate()', inTime('generate()', model.generate(PROMPT)))
}
