import { strict } from 'node:assert'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test, type TestContext, vi } from 'vitest'
import { bookCalls } from '../../src/evaluation/booking.ts'
import type { Role } from '../../src/evaluation/record.ts'
import type { RowContext } from '../../src/evaluation/row-context.ts'
import { runRow } from '../../src/evaluation/run-row.ts'
import { createModel } from '../../src/model/create-model.ts'
import type { Generated } from '../../src/model/implementation.ts'
import { AssayError } from '../../src/model/error.ts'

type Body = (value: unknown, context: RowContext<object>) => unknown

test('what the body returns is the score of the row', async (context) => {
  expect(await run(context, (value) => ({ first: value === 'the row', second: 0.5 }))).toEqual({
    outcome: 'scored',
    scores: { first: { value: 1 }, second: { value: 0.5 } },
    calls: [],
    usage: null,
    costUsd: 0,
    latencyMs: 0,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
  })
  expect(await run(context, async () => 0.5)).toMatchObject({ scores: { score: { value: 0.5 } } })
})

test('what the body throws is the error of the row, with its kind', async (context) => {
  expect(await run(context, () => Promise.reject(new TypeError('no such field')))).toMatchObject({
    outcome: 'error',
    scores: {},
    error: { kind: 'internal', message: 'no such field' },
  })
  const own = new AssayError('Slow down.', { kind: 'rate_limit' })
  expect(
    await run(context, () => {
      throw own
    }),
  ).toMatchObject({ outcome: 'error', error: { kind: 'rate_limit', message: 'Slow down.' } })
})

test('E-25: what is no measurement is an error of the row', async (context) => {
  expect(await run(context, () => 'right')).toMatchObject({
    outcome: 'error',
    error: {
      kind: 'config',
      message:
        'Expected the body to give a score (a number, a boolean, a Score, several, or a record of them), got string.',
    },
  })
})

test('a body that returned nothing and asserted nothing is told so', async (context) => {
  const error = {
    kind: 'config',
    message:
      'The body returned nothing and asserted nothing; return a score, or use `expect` from the context.',
  }
  for (const nothing of [undefined, {}, []]) {
    expect(await run(context, () => nothing)).toMatchObject({ outcome: 'error', scores: {}, error })
  }
})

test('a failed assertion is a score of 0 with what it saw, and none failed is 1', async (context) => {
  const results = await Promise.all(
    [4, 5].map((n) =>
      run(context, (_, row) => {
        row.expect(n).toBe(4)
      }),
    ),
  )
  expect(results[0]).toMatchObject({ outcome: 'scored', scores: { assertions: { value: 1 } } })
  const reason = 'expected 5 to be 4 // Object.is equality'
  expect(results[1]).toMatchObject({
    outcome: 'scored',
    scores: { assertions: { value: 0, expected: 4, actual: 5, reason } },
  })
})

test('an arrow that is an assertion alone returns nothing but its assertion', async (context) => {
  const bodies: Body[] = [
    (_, row) => row.expect(4).toBe(4),
    (_, row) => row.expect(Promise.resolve(4)).resolves.toBe(4),
    (_, row) => row.expect.soft(4).toBe(4),
  ]
  for (const body of bodies) {
    expect(await run(context, body)).toMatchObject({
      outcome: 'scored',
      scores: { assertions: { value: 1 } },
    })
  }
})

test('a soft assertion that failed leaves the returned scores their place', async (context) => {
  const result = await run(context, (_, row) => {
    row.expect.soft(5).toBe(4)
    return { length: 1 }
  })
  expect(result).toMatchObject({
    outcome: 'scored',
    scores: { length: { value: 1 }, assertions: { value: 0 } },
  })
})

test("an assertion that is not the row's own is an error, not a score of 0", async (context) => {
  const bodies: Body[] = [
    () => strict.equal(1, 2),
    () => {
      expect(1).toBe(2)
    },
  ]
  for (const body of bodies) {
    expect(await run(context, body)).toMatchObject({ outcome: 'error', scores: {} })
  }
})

test('whatever is thrown ends the row', async (context) => {
  const odd = Object.assign(new Error('x'), { name: 'AssertionError', message: undefined })
  for (const thrown of [null, undefined, Object.create(null) as unknown, Symbol('s'), odd]) {
    const result = await run(context, () => {
      throw thrown
    })
    expect(result).toMatchObject({ outcome: 'error', error: { kind: 'internal' } })
  }
})

test('values that JSON cannot hold do not keep a result from the journal', async (context) => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const bodies: Body[] = [
    () => ({ name: 'exact', value: 0, expected: 10n, actual: 11n }),
    () => ({ name: 'exact', value: 0, actual: cycle }),
    (_, row) => {
      row.expect(10n).toBe(11n)
    },
  ]
  for (const body of bodies) {
    const result = await run(context, body)
    expect(result).toMatchObject({ outcome: 'scored' })
    expect(() => JSON.stringify(result)).not.toThrow()
  }
})

test('skip ends the row with its reason', async (context) => {
  const skipped = await run(context, (_, row) => row.skip('too long'))
  expect(skipped).toMatchObject({ outcome: 'skipped', scores: {}, reason: 'too long' })
  const silent = await run(context, (_, row) => row.skip())
  expect(silent).toMatchObject({ outcome: 'skipped' })
  expect(silent).not.toHaveProperty('reason')
})

test("the context is the test's, with the row's own signal and place", async (context) => {
  const withFixture = Object.assign(Object.create(context) as typeof context, { agent: 'agent 7' })
  let seen: unknown[] = []
  await run(withFixture, (_, row) => {
    const { agent } = row as unknown as { agent: string }
    seen = [row.task, row.row, row.signal === context.signal, agent]
    return 1
  })
  expect(seen).toEqual([context.task, { id: 'r1', index: 3, trial: 1 }, false, 'agent 7'])
})

test('a row ends at its time with its signal aborted, and what it does later is not heard', async (context) => {
  fakeTimers()
  const late = Promise.withResolvers<number>()
  let signal: AbortSignal | undefined
  const result = run(
    context,
    (_, row) => {
      signal = row.signal
      return late.promise
    },
    1000,
  )
  await vi.advanceTimersByTimeAsync(999)
  expect(signal!.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(signal!.reason).toMatchObject({ name: 'AssayError', kind: 'timeout' })
  late.resolve(1)
  expect(await result).toMatchObject({
    outcome: 'error',
    scores: {},
    error: { kind: 'timeout', message: 'The row took longer than its rowTimeout of 1000 ms.' },
  })
})

test('a row that throws after its time disturbs nobody', async (context) => {
  fakeTimers()
  const late = Promise.withResolvers<number>()
  const result = run(context, () => late.promise, 1000)
  await vi.advanceTimersByTimeAsync(1000)
  late.reject(new Error('too late'))
  expect(await result).toMatchObject({ error: { kind: 'timeout' } })
})

test('a row that has ended leaves no timer, and without a limit there is none', async (context) => {
  fakeTimers()
  await run(context, () => 1, 1000)
  expect(vi.getTimerCount()).toBe(0)
  let timers: number | undefined
  await run(context, () => (timers = vi.getTimerCount()), 0)
  expect(timers).toBe(0)
})

test('a row that is cut off with the test has no result, and hears why', async (context) => {
  const stop = new AbortController()
  let signal: AbortSignal | undefined
  const result = run(abortable(context, stop.signal), (_, row) => {
    signal = row.signal
    return new Promise(() => {})
  })
  await turn()
  const reason = new Error('interrupted')
  stop.abort(reason)
  expect(await result).toBeUndefined()
  expect(signal!.reason).toBe(reason)
})

test('a row that throws because the test ends has no result either', async (context) => {
  const stop = new AbortController()
  const result = run(
    abortable(context, stop.signal),
    (_, row) =>
      new Promise((_resolve, reject) => {
        row.signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  )
  await turn()
  stop.abort()
  expect(await result).toBeUndefined()
})

test('after the end of the test no body is called', async (context) => {
  let calls = 0
  const ended = abortable(context, AbortSignal.abort())
  expect(await run(ended, () => ++calls)).toBeUndefined()
  expect(calls).toBe(0)
})

test('calls are booked in the order they began, and add up', async (context) => {
  const model = modelOf({
    slow: { text: 'S', usage: { inputTokens: 1, outputTokens: 2 }, costUsd: 0.5, latencyMs: 100 },
    quick: {
      text: 'Q',
      usage: { inputTokens: 10, outputTokens: 20 },
      costUsd: 0.25,
      latencyMs: 20,
    },
    cached: { text: 'C', costUsd: 0, latencyMs: 5000, cached: true },
  })
  const result = await run(context, async () => {
    const slow = model.generate('slow')
    await model.generate('quick')
    await model.generate('cached')
    await slow
    return 1
  })
  expect(result!.calls.map(({ input, text }) => [input, text])).toEqual([
    ['slow', 'S'],
    ['quick', 'Q'],
    ['cached', 'C'],
  ])
  expect(result).toMatchObject({
    usage: { inputTokens: 11, outputTokens: 22 },
    costUsd: 0.75,
    latencyMs: 120,
  })
})

test('a call that failed is booked with its error, and its cost is unknown', async (context) => {
  const model = modelOf({ good: { text: 'G', costUsd: 0.5 }, bad: new Error('HTTP 500') })
  const result = await run(context, async () => {
    await model.generate('good')
    await model.generate('bad').catch(() => {})
    return 1
  })
  expect(result).toMatchObject({ outcome: 'scored', costUsd: null })
  expect(result!.calls[1]).toMatchObject({
    role: 'model',
    model: 'test/booked',
    input: 'bad',
    text: null,
    finishReason: 'error',
    error: { kind: 'internal', message: 'HTTP 500' },
  })
})

test('twenty rows at once book their own calls', async (context) => {
  const model = bookCalls(
    createModel({
      provider: 'test',
      name: 'echo',
      async generate([message]) {
        for (let i = 0; i < Number(message!.content) % 5; i++) await turn()
        return { text: message!.content }
      },
    }),
    'model',
  )
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      run(context, async () => {
        await model.generate(String(n))
        await turn()
        await model.batch([String(n + 100), String(n + 200)])
        return n
      }),
    ),
  )
  for (const [n, result] of results.entries()) {
    expect(result!.scores).toEqual({ score: { value: n } })
    expect(result!.calls.map(({ text }) => text)).toEqual([`${n}`, `${n + 100}`, `${n + 200}`])
  }
})

test("a call in flight ends with the row's time", async (context) => {
  fakeTimers()
  const reasons: unknown[] = []
  const model = bookCalls(
    createModel({
      provider: 'test',
      name: 'stuck',
      generate: (_messages, { signal }) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => {
            reasons.push(signal!.reason)
            reject(signal!.reason as Error)
          })
        }),
    }),
    'model',
  )
  const result = run(context, () => model.generate('Hi'), 1000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await result).toMatchObject({ outcome: 'error', error: { kind: 'timeout' } })
  expect(reasons).toMatchObject([{ kind: 'timeout' }])
})

test("a model's refusal is the outcome, whatever the body made of it", async (context) => {
  const refusal = { text: '', blocked: { reason: 'violence', source: 'finish_reason' } } as const
  const bodies: ((text: string) => unknown)[] = [
    () => 1,
    (text) => JSON.parse(text) as unknown,
    () => undefined,
  ]
  for (const body of bodies) {
    const model = modelOf({ bad: refusal })
    const result = await run(context, async () => body((await model.generate('bad')).text))
    expect(result).toMatchObject({ outcome: 'blocked', scores: {}, reason: 'violence' })
    expect(result).not.toHaveProperty('error')
  }
})

test("a judge's refusal is not the model's", async (context) => {
  const judge = modelOf({ bad: { text: '', blocked: { reason: 'x', source: 'y' } } }, 'judge')
  const result = await run(context, async () => (await judge.generate('bad')).text === '')
  expect(result).toMatchObject({ outcome: 'scored', scores: { score: { value: 1 } } })
  expect(result!.calls).toMatchObject([{ role: 'judge', blocked: { reason: 'x', source: 'y' } }])
})

test('what another model has answered is no result of the one that is measured', async (context) => {
  const fallback = { servedBy: 'spare', fallbackFor: 'first' }
  const refusal = {
    text: '',
    blocked: { reason: 'violence', source: 'finish_reason' },
    ...fallback,
  }
  const model = modelOf({ good: { text: 'yes', ...fallback }, refused: refusal })
  const notCounted = {
    outcome: 'skipped',
    skippedBy: 'fallback',
    reason: 'spare answered in the place of first.',
  }
  const scored = await run(context, async () => (await model.generate('good')).text === 'yes')
  expect(scored).toMatchObject({ ...notCounted, scores: { score: { value: 1 } } })
  expect(scored!.calls).toMatchObject([fallback])
  const blocked = await run(context, async () => (await model.generate('refused')).text === '')
  expect(blocked).toMatchObject({ ...notCounted, scores: {} })
  expect(blocked).not.toHaveProperty('error')
})

test('an error stays one, also after a fallback, and so does a skip of the body', async (context) => {
  const model = modelOf({ good: { text: 'yes', servedBy: 'spare', fallbackFor: 'first' } })
  const failed = await run(context, async () => {
    await model.generate('good')
    throw new AssayError('Slow down.', { kind: 'rate_limit' })
  })
  expect(failed).toMatchObject({ outcome: 'error', error: { kind: 'rate_limit' } })
  expect(failed).not.toHaveProperty('skippedBy')
  const skipped = await run(context, async (_, row) => {
    await model.generate('good')
    row.skip('too long')
  })
  expect(skipped).toMatchObject({ outcome: 'skipped', reason: 'too long', skippedBy: 'body' })
})

test("a judge's fallback does not keep the row from counting", async (context) => {
  const judge = modelOf({ good: { text: 'yes', fallbackFor: 'first' } }, 'judge')
  const result = await run(context, async () => (await judge.generate('good')).text === 'yes')
  expect(result).toMatchObject({ outcome: 'scored', scores: { score: { value: 1 } } })
})

function run(context: TestContext, body: Body, timeout = 0) {
  return runRow({
    row: { id: 'r1', index: 3, trial: 1 },
    value: 'the row',
    body,
    testContext: context,
    sample: 1,
    timeout,
  })
}

function abortable(context: TestContext, signal: AbortSignal): TestContext {
  return Object.create(context, { signal: { value: signal } }) as TestContext
}

function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** A model that says what the table has for its input; `slow` takes some turns. */
function modelOf(replies: Readonly<Record<string, Generated | Error>>, role: Role = 'model') {
  const model = createModel({
    provider: 'test',
    name: 'booked',
    async generate([message]) {
      const reply = replies[message!.content]!
      if (message!.content === 'slow') for (let i = 0; i < 5; i++) await turn()
      if (reply instanceof Error) throw reply
      return reply
    },
  })
  return bookCalls(model, role)
}

test('to have `expect` among the fixtures is not to expect something', async (context) => {
  const idle = await run(context, (_, { expect: own }) => void own)
  expect(idle).toMatchObject({ outcome: 'error', error: { kind: 'config' } })
  const foreign = await run(context, (_, { expect: own }) => {
    own(1).toBe(1)
    strict.equal(1, 2)
  })
  expect(foreign).toMatchObject({ outcome: 'error' })
  const measured = await run(context, (_, { expect: own }) => ({ right: own === undefined }))
  expect(measured).toMatchObject({ scores: { right: { value: 0 } } })
  expect(measured!.scores).not.toHaveProperty('assertions')
  const unreachable = await run(context, (_, { expect: own }) => own.unreachable('here'))
  expect(unreachable).toMatchObject({ outcome: 'scored', scores: { assertions: { value: 0 } } })
})
