import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { callScope } from '../../../src/model/call.ts'
import { startClock } from '../../../src/model/clock.ts'
import { AssayError, type ErrorKind } from '../../../src/model/error.ts'
import type { ModelStream } from '../../../src/model/model.ts'
import { balanced } from '../../../src/provider/pool/order.ts'
import { failureOf } from '../../support/failure.ts'
import { failing, fault, healthy, memberOf, poolOf } from './pools.ts'

async function read(stream: ModelStream): Promise<string[]> {
  const texts: string[] = []
  for await (const { text } of stream) texts.push(text)
  return texts
}

describe('whether another model is asked', () => {
  const movesOn: Record<ErrorKind, boolean> = {
    rate_limit: true,
    quota: true,
    auth: true,
    forbidden: true,
    not_found: true,
    context_window: true,
    timeout: true,
    network: true,
    server: true,
    parse: true,
    setup: true,
    invalid_request: false,
    content_filter: false,
    cancelled: false,
    config: false,
    internal: false,
  }

  test.each(Object.entries(movesOn) as [ErrorKind, boolean][])(
    'O-41: after %s: %s',
    async (kind, isAsked) => {
      for (const way of ['generate', 'stream'] as const) {
        const [first, second] = [failing('a', kind), healthy('b')]
        const { model } = poolOf([first, second], { primary: 'a' })
        const call = way === 'generate' ? model.generate('') : model.stream('').response
        if (isAsked) expect(await call).toMatchObject({ text: 'b', servedBy: 'b' })
        else expect(await failureOf(call)).toMatchObject({ kind, servedBy: 'a' })
        expect([first.calls, second.calls]).toEqual([1, isAsked ? 1 : 0])
      }
    },
  )

  test('a refusal is an answer', async () => {
    const blocked = { reason: 'violence', source: 'finish_reason' }
    const second = healthy('b')
    const { model } = poolOf([memberOf('a', () => ({ text: '', blocked })), second])
    expect(await model.generate('')).toMatchObject({ blocked, servedBy: 'a' })
    expect(second.calls).toBe(0)
  })

  test('a set-up that fails gives way, and is no request', async () => {
    const first = memberOf('a', () => expect.fail(), {
      onSetup: () => {
        throw fault('setup', 'a')
      },
    })
    const { model } = poolOf([first, healthy('b')])
    expect(await model.generate('')).toMatchObject({ servedBy: 'b', attempts: 1 })
  })
})

describe('a stream', () => {
  test('O-41: another model is asked before the first chunk alone', async () => {
    const second = healthy('b')
    const broken = memberOf('a', () => ({ text: '' }), {
      async *stream() {
        yield { text: 'half' }
        throw fault('server', 'a')
      },
    })
    const { model } = poolOf([broken, second])
    const seen: string[] = []
    const stream = model.stream('')
    const reading = (async () => {
      for await (const { text } of stream) seen.push(text)
    })()
    expect(await failureOf(reading)).toMatchObject({ kind: 'server', servedBy: 'a' })
    expect(await failureOf(stream.response)).toMatchObject({ kind: 'server', servedBy: 'a' })
    expect([seen, second.calls]).toEqual([['half'], 0])
  })

  test('the chunks are those of who answers, and so is the response', async () => {
    const second = memberOf('b', () => ({ text: '' }), {
      async *stream() {
        yield { text: 'Pa' }
        yield { text: 'ris' }
        return { usage: { inputTokens: 3, outputTokens: 2 } }
      },
    })
    const { model } = poolOf([failing('a', 'network'), second], { primary: 'a' })
    const stream = model.stream('')
    expect(await read(stream)).toEqual(['Pa', 'ris'])
    expect(await stream.response).toMatchObject({
      text: 'Paris',
      provider: 'pool',
      model: 'own',
      servedBy: 'b',
      fallbackFor: 'a',
      attempts: 2,
      usage: { inputTokens: 3, outputTokens: 2 },
    })
  })

  test('one that is left ends the stream of the member', async () => {
    let isClosed = false
    const member = memberOf('a', () => ({ text: '' }), {
      async *stream() {
        try {
          for (;;) yield { text: 'x' }
        } finally {
          isClosed = true
        }
      },
    })
    const { model } = poolOf([member])
    for await (const { text } of model.stream('')) {
      expect(text).toBe('x')
      break
    }
    expect(isClosed).toBe(true)
    expect(member.member.metrics).toMatchObject({ calls: 1, inFlight: 0, cancelled: 1 })
  })
})

describe('the response', () => {
  test("of the primary is the pool's, and no fallback", async () => {
    const { model } = poolOf([healthy('a'), healthy('b')], { primary: 'a' })
    const response = await model.generate('')
    expect(response).toMatchObject({ provider: 'pool', model: 'own', servedBy: 'a', attempts: 1 })
    expect(response).not.toHaveProperty('fallbackFor')
    expect(response.waitedMs).toBe(0)
  })

  test('of a fallback says for whom, what went by and how many requests were sent', async () => {
    const slow = memberOf('a', async () => {
      await clock.sleep(700)
      throw new AssayError('HTTP 503.', { kind: 'server', attempts: 3 })
    })
    const answering = memberOf('b', () => ({ text: 'b', latencyMs: 20, waitedMs: 5, attempts: 2 }))
    const { model, clock } = poolOf([slow, answering], { primary: 'a' })
    const call = model.generate('')
    await clock.pass(700)
    expect(await call).toMatchObject({
      servedBy: 'b',
      fallbackFor: 'a',
      waitedMs: 705,
      latencyMs: 20,
      attempts: 5,
    })
  })

  test('where all count, none is a fallback', async () => {
    const lines: string[] = []
    const notice = (line: string) => lines.push(line)
    const { model } = poolOf([failing('a', 'server'), healthy('b')], { notice })
    expect(await model.generate('')).not.toHaveProperty('fallbackFor')
    expect(lines).toEqual([])
  })

  test('a person is told once that another one answers', async () => {
    const lines: string[] = []
    const notice = (line: string) => lines.push(line)
    const members = [failing('a', 'server'), healthy('b')]
    const { model } = poolOf(members, { primary: 'a', notice })
    await Promise.all([model.generate(''), model.generate(''), model.stream('').response])
    expect(lines).toEqual([
      'b answers in the place of a, and its rows are not counted (countFallbacks).',
    ])
  })
})

describe('errors', () => {
  test('of all models name each, with the requests of all', async () => {
    const { model } = poolOf([failing('a', 'server'), failing('b', 'quota')])
    expect(await failureOf(model.generate(''))).toMatchObject({
      kind: 'quota',
      provider: 'pool',
      servedBy: 'b',
      attempts: 2,
      message: 'pool/own: none of its models has answered. a: a has failed. b: b has failed.',
      cause: { errors: [{ kind: 'server', servedBy: 'a' }, { servedBy: 'b' }] },
    })
  })

  test('of one that ends the call count the requests that were sent before, and say who failed', async () => {
    const { model } = poolOf([failing('a', 'server'), failing('b', 'invalid_request')])
    expect(await failureOf(model.generate(''))).toMatchObject({
      kind: 'invalid_request',
      message: 'pool/own: none of its models has answered. a: a has failed. b: b has failed.',
      servedBy: 'b',
      attempts: 2,
    })
  })

  test('of a pool in a pool are of the member that the outer one knows', async () => {
    const inner = poolOf([failing('x', 'server'), failing('y', 'server')]).model
    const a = memberOf('a', () => inner.generate(''))
    const { model } = poolOf([a, failing('b', 'server')])
    const error = await failureOf(model.generate(''))
    expect(error.message).toMatch(/answered\. a: pool\/own: none .* b: b has failed\.$/)
  })
})

describe('a caller who does not wait any longer', () => {
  const late = () => new AssayError('The row is over.', { kind: 'timeout' })

  test('is answered by nobody else, whatever kind the reason has', async () => {
    const stop = new AbortController()
    const hanging = memberOf('a', (_call, signal) => {
      return new Promise((_resolve, reject) => {
        signal!.addEventListener('abort', () => reject(signal!.reason as Error))
      })
    })
    const second = healthy('b')
    const { model } = poolOf([hanging, second])
    const call = failureOf(model.generate('', { signal: stop.signal }))
    await turn()
    stop.abort(late())
    expect(await call).toMatchObject({ kind: 'timeout', message: 'The row is over.' })
    expect(second.member.metrics.calls).toBe(0)
  })

  test('does not wait for a set-up, which goes on and says nothing of the model', async () => {
    const ready = Promise.withResolvers<void>()
    const first = memberOf('a', () => ({ text: 'a' }), { onSetup: () => ready.promise })
    const { model } = poolOf([first, healthy('b')], { breaker: { failures: 1 } })
    const stop = new AbortController()
    const call = failureOf(model.generate('', { signal: stop.signal }))
    await turn()
    stop.abort(late())
    expect(await call).toMatchObject({ kind: 'timeout', message: 'The row is over.' })
    ready.resolve()
    expect(await model.generate('')).toMatchObject({ servedBy: 'a' })
  })
})

describe('balanced', () => {
  const order = balanced
  const shares = (told: readonly { readonly calls: number }[]) => told.map(({ calls }) => calls)

  test('O-41: calls one after the other are shared by weight', async () => {
    const members = [healthy('a'), healthy('b'), healthy('c')]
    const { model } = poolOf(members, { order, weights: { a: 3, b: 2 } })
    for (let call = 0; call < 60; call++) await model.generate('')
    expect(shares(members)).toEqual([30, 20, 10])
  })

  test('O-41: from the start on, all are asked alike', async () => {
    const members = [healthy('a'), healthy('b'), healthy('c')]
    const { model } = poolOf(members, { order })
    await model.batch(Array<string>(9).fill(''), { concurrency: 9 })
    expect(shares(members)).toEqual([3, 3, 3])
  })

  test('O-41: the one with the fewest calls in flight is asked, however often it was', async () => {
    const held = Promise.withResolvers<void>()
    const slow = memberOf('slow', async () => {
      await held.promise
      return { text: 'slow' }
    })
    const fast = healthy('fast')
    const { model } = poolOf([slow, fast], { order })
    const waits = [model.generate('')]
    for (let call = 0; call < 9; call++) await model.generate('')
    expect(shares([slow, fast])).toEqual([1, 9])
    held.resolve()
    await Promise.all(waits)
  })
})

describe('the breaker', () => {
  test('O-42: a model that is down is no longer asked, and again when its time has come', async () => {
    let isDown = true
    const first = memberOf('a', () => {
      if (isDown) throw fault('server', 'a')
      return { text: 'a' }
    })
    const members = [first, healthy('b')]
    const breaker = { failures: 3, recoveryMs: 1000, successes: 1 }
    const { model, clock } = poolOf(members, { breaker })
    for (let call = 0; call < 9; call++) await model.generate('')
    expect(first.calls).toBe(3)
    isDown = false
    await clock.pass(1000)
    expect(await model.generate('')).toMatchObject({ servedBy: 'a' })
    expect(first.calls).toBe(4)
  })

  test('O-42: what a model refuses does not open it, and neither does a stream that is left', async () => {
    const first = memberOf('a', (call) => {
      if (call % 2 === 1) throw fault('invalid_request', 'a')
      return { text: 'a' }
    })
    const { model } = poolOf([first], { breaker: { failures: 1 } })
    for (let call = 0; call < 6; call++) {
      await model.generate('').catch(() => {})
      for await (const { text } of model.stream('')) if (text) break
    }
    expect(first.calls).toBe(12)
  })

  /** A pool of one that is closed for a second. */
  async function closed(options: Parameters<typeof poolOf>[1] = {}) {
    const held: PromiseWithResolvers<void>[] = []
    const member = memberOf('a', async (call) => {
      if (call === 1) throw fault('network', 'a')
      const one = Promise.withResolvers<void>()
      held.push(one)
      await one.promise
      return { text: 'a' }
    })
    const breaker = { failures: 1, recoveryMs: 1000, successes: 1 }
    const { model, clock } = poolOf([member], { breaker, ...options })
    await failureOf(model.generate(''))
    return { member, model, clock, held }
  }

  test('O-41: while 20 wait, one finds out, and then all are answered', async () => {
    const { member, model, clock, held } = await closed()
    const calls = Array.from({ length: 20 }, () => model.generate(''))
    await clock.pass(999)
    expect(member.calls).toBe(1)
    await clock.pass(1)
    await clock.pass(5000)
    expect(member.calls).toBe(2)
    held[0]!.resolve()
    await clock.pass(0)
    expect(member.calls).toBe(21)
    for (const one of held) one.resolve()
    const responses = await Promise.all(calls)
    expect(responses.map(({ waitedMs }) => waitedMs)).toEqual([1000, ...Array(19).fill(6000)])
    expect(clock.pending).toBe(0)
  })

  test('O-41: who finds out in vain fails, and the others wait on', async () => {
    const { member, model, clock, held } = await closed()
    const calls = [model.generate(''), model.generate('')]
    await clock.pass(1000)
    const failed = failureOf(calls[0]!)
    held[0]!.reject(fault('network', 'a'))
    await failed
    await clock.pass(999)
    expect(member.calls).toBe(2)
    await clock.pass(1)
    held[1]!.resolve()
    expect(await calls[1]).toMatchObject({ text: 'a', waitedMs: 2000 })
  })

  test('a wait ends with what is wrong with each model', async () => {
    const { model, clock } = await closed({ maxWaitMs: 400 })
    const call = failureOf(model.generate(''))
    await clock.pass(400)
    expect(await call).toMatchObject({
      kind: 'server',
      attempts: 0,
      message:
        'pool/own: no model may be asked, since they failed again and again: a is tried in 1 s (the last call failed: a has failed.).',
    })
    expect(clock.pending).toBe(0)
  })

  test('a wait ends with its caller, and leaves nothing', async () => {
    const { model, clock, member } = await closed()
    const stop = new AbortController()
    const call = failureOf(model.generate('', { signal: stop.signal }))
    await clock.pass(10)
    expect(clock.pending).toBe(1)
    stop.abort()
    expect((await call).kind).toBe('cancelled')
    expect([clock.pending, member.calls]).toEqual([0, 1])
  })

  test('the clock of the row stands still while it waits', async () => {
    const { model, clock, held } = await closed()
    const rowClock = startClock(60_000, () => {})
    let pauses = 0
    const watched = {
      remainingMs: 0,
      pause() {
        pauses++
        const resume = rowClock.pause()
        return (charged: number) => {
          pauses--
          resume(charged)
        }
      },
    }
    const call = callScope.run({ trial: 0, clock: watched }, () => model.generate(''))
    await clock.pass(10)
    expect(pauses).toBe(1)
    await clock.pass(990)
    expect(pauses).toBe(0)
    held[0]!.resolve()
    await call
    rowClock.stop()
  })
})

describe('health', () => {
  test('is that of the best of them, and asks nobody', async () => {
    const [first, second] = [failing('a', 'server'), failing('b', 'auth')]
    const { model } = poolOf([first, second])
    for (let call = 0; call < 2; call++) await failureOf(model.generate(''))
    expect(await model.health()).toMatchObject({ healthy: true })
    await failureOf(model.generate(''))
    const { healthy: isHealthy, reason } = await model.health()
    expect(isHealthy).toBe(false)
    expect(reason).toBe(
      'All models are unhealthy: a (3 failures in a row: a has failed.), b (3 failures in a row: b has failed.).',
    )
    expect([first.calls, second.calls]).toEqual([3, 3])
  })
})
