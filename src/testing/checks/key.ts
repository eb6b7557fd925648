import { format, inspect } from 'node:util'
import { expect, vi } from 'vitest'
import type { Check, HttpBench } from '../check.ts'
import { started, ways } from '../outcome.ts'
import { type Reply, toReply, waiting } from '../reply.ts'
import type { Handler, ServerRequest } from '../server.ts'
import { KEY } from '../stage.ts'

const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

export const key: Check = {
  name: 'key: is in no error, in no log and not in the model, even if the server repeats it',
  async run(bench) {
    const spies = methods.map((method) => vi.spyOn(console, method))
    try {
      for (const [what, reply] of Object.entries(errorsOf(bench))) {
        await expectNoLeak(bench, `the reply ${what}`, reply)
      }
      const logged = spies.flatMap(({ mock }) => mock.calls).map((args) => format(...args))
      expectHidden('what was logged', logged.join('\n'))
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
  },
}

/** All replies that are errors. */
function errorsOf({ replies }: HttpBench): Record<string, Reply> {
  const { rateLimited, serverError, invalidRequest, malformed } = replies
  const { errorWithin200, errorWithinStream } = replies
  return {
    rateLimited,
    serverError,
    invalidRequest,
    malformed,
    ...(errorWithin200 && { errorWithin200 }),
    ...(errorWithinStream && { errorWithinStream }),
    'of status 401': toReply({ status: 401, body: 'Wrong key.' }),
    'of a text with status 200': toReply({}),
  }
}

async function expectNoLeak({ open }: HttpBench, what: string, reply: Reply): Promise<void> {
  const handler: Handler = (request) => repeating(waiting(reply, 30), request)
  await using stage = await open(handler, { attempts: 1, deadline: 1000 })
  const { model, inTime } = stage
  for (const [way, call] of Object.entries(ways)) {
    const error: unknown = await inTime(way, started(call(model))).then(
      () => undefined, // that it had to fail is for other checks to say
      (reason: unknown) => reason,
    )
    const text = inspect(error, { depth: 12, showHidden: true })
    expectHidden(`the error of ${way} at ${what}`, text)
  }
  expectHidden('the model', inspect(model, { depth: 6 }))
}

function expectHidden(what: string, text: string): void {
  const [shown] = new RegExp(`.{0,40}${KEY}.{0,40}`).exec(text) ?? []
  if (shown !== undefined) expect.fail(`the key is in ${what}: …${shown}…`)
}

/** What the server says, followed by the key, if that is known to it. */
function repeating(reply: Reply, { headers, url, text }: ServerRequest): Reply {
  if (!`${Object.values(headers).join('\n')}${url}${text}`.includes(KEY)) return reply
  const isProse = /"((?:[^"\\]|\\.)* (?:[^"\\]|\\.)*)"/g
  const body = /^\s*[[{]|^(?:data|event):/.test(reply.body)
    ? reply.body.replaceAll(isProse, `"$1 ${KEY}"`)
    : `${KEY} ${reply.body}`.trim()
  return { ...reply, body }
}
