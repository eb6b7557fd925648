import { AsyncResource } from 'node:async_hooks'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openaiCompatible } from '../../../providers/openai-compatible.ts'
import { createDesk } from '../../../src/broker/desk.ts'
import { callScope } from '../../../src/model/call.ts'
import { createModel } from '../../../src/model/create-model.ts'
import { bindProvider } from '../../../src/provider/define-provider.ts'
import { askOf } from '../../../src/provider/health/probe.ts'
import { type ProbesOptions, startProbes } from '../../../src/provider/health/probes.ts'
import type { Outcome } from '../../../src/provider/health/result.ts'
import { bindProviders } from '../../../src/provider/providers.ts'
import { createSeam } from '../../../src/request/seam.ts'
import { VirtualClock } from '../../broker/desk/virtual-clock.ts'
import { type Handler, type RecordedRequest, serve } from '../../support/http-server.ts'
import { startProgram } from '../../support/start-program.ts'

const success: Outcome = { result: 'success' }

/** Probes every second that have 300 ms each, without chance, on a clock of their own. */
function start(ask: ProbesOptions['ask'], options: Partial<ProbesOptions> = {}) {
  const clock = new VirtualClock()
  const recorded: { at: number; outcome: Outcome }[] = []
  const probes = startProbes({
    ask,
    record: (outcome) => recorded.push({ at: clock.time, outcome }),
    intervalMs: 1000,
    timeoutMs: 300,
    random: () => 0.5,
    timers: {
      now: clock.now,
      // as a real timer does, it calls back where it was set
      setTimer: (callback, ms) => clock.setTimer(AsyncResource.bind(callback), ms),
    },
    ...options,
  })
  return { clock, probes, recorded }
}

test('O-30: the timer alone starts a probe, the first after one interval', async () => {
  const { clock, recorded } = start(async () => success)
  await clock.pass(999)
  expect(recorded).toEqual([])
  await clock.pass(2001)
  expect(recorded.map(({ at }) => at)).toEqual([1000, 2000, 3000])
})

test.each([
  { chance: 0, times: [900, 1800, 2700] },
  { chance: 0.75, times: [1050, 2100, 3150] },
  { chance: 1, times: [1100, 2200, 3300] },
])('O-30: of an interval a tenth is left to chance: $times', async ({ chance, times }) => {
  const { clock, recorded } = start(async () => success, { random: () => chance })
  await clock.pass(3300)
  expect(recorded.map(({ at }) => Math.round(at))).toEqual(times)
})

test('a success is timed, a failure is told as it is', async () => {
  const { clock, recorded } = start(async () => {
    await clock.sleep(120)
    return recorded.length === 0 ? success : { result: 'failure', reason: 'acme: HTTP 500.' }
  })
  await clock.pass(2500)
  expect(recorded).toEqual([
    { at: 1120, outcome: { result: 'success', latencyMs: 120 } },
    { at: 2240, outcome: { result: 'failure', reason: 'acme: HTTP 500.' } },
  ])
})

test('O-30: a probe whose time is up is a failure and is ended, and what it says later is dropped', async () => {
  const reasons: unknown[] = []
  const { clock, recorded } = start(async (signal) => {
    await clock.sleep(400)
    reasons.push(signal.reason)
    return success
  })
  await clock.pass(1900)
  const late = { result: 'failure', reason: 'no answer to a probe within 0.3 s' }
  expect(recorded).toEqual([{ at: 1300, outcome: late }])
  expect(reasons).toMatchObject([{ name: 'AssayError', kind: 'timeout' }])
})

test('O-30: a probe that does not end keeps the next from being sent, and stays a failure', async () => {
  let asked = 0
  const end = Promise.withResolvers<Outcome>()
  const { clock, recorded } = start(() => {
    asked++
    return asked === 1 ? end.promise : Promise.resolve(success)
  })
  await clock.pass(4000)
  expect(asked).toBe(1)
  expect(recorded.map(({ at, outcome }) => [at, outcome.result])).toEqual([
    [1300, 'failure'],
    [2300, 'failure'],
    [3300, 'failure'],
  ])
  end.resolve(success)
  await clock.pass(500)
  expect(asked).toBe(2)
  expect(recorded.at(-1)).toMatchObject({ at: 4300, outcome: success })
})

test('stop ends the probe in flight and the timer; nothing is recorded any more', async () => {
  const signals: AbortSignal[] = []
  const { clock, probes, recorded } = start(async (signal) => {
    signals.push(signal)
    await clock.sleep(100)
    return success
  })
  await clock.pass(1050)
  probes.stop()
  probes.stop()
  expect(signals).toMatchObject([{ aborted: true, reason: { kind: 'cancelled' } }])
  await clock.pass(10_000)
  expect(recorded).toEqual([])
  expect(signals.length).toBe(1)
  expect(clock.pending).toBe(0)
})

test('stop between two probes leaves no timer', async () => {
  const { clock, probes } = start(async () => success)
  await clock.pass(1500)
  probes.stop()
  expect(clock.pending).toBe(0)
})

test('probes that a row has started do not belong to it', async () => {
  const scopes: unknown[] = []
  const ask = async () => {
    scopes.push(callScope.getStore())
    return success
  }
  const row = { trial: 3, clock: { remainingMs: 0, pause: () => expect.fail('the row waits') } }
  const { clock } = callScope.run(row, () => start(ask))
  await clock.pass(2000)
  expect(scopes).toEqual([undefined, undefined])
})

describe('of a real server', () => {
  const isList = ({ url }: RecordedRequest) => url === '/v1/models'
  const models = { body: { data: [{ id: 'small' }] } }

  async function connect(handler: Handler) {
    const server = await serve(handler)
    onTestFinished(() => server[Symbol.asyncDispose]())
    const desk = createDesk({ concurrency: { default: 1 } })
    const seam = createSeam({ desk, random: () => 0 })
    const factory = { name: 'acme', baseURL: `${server.url}/v1`, apiKeys: ['invented'] }
    const provider = bindProvider(openaiCompatible(factory), { seam })
    const handle = await provider.setup('small', { attempts: 1, deadline: 1000 })
    onTestFinished(() => handle.teardown())
    const { model } = handle
    const list = () => provider.listModels!({ attempts: 1 })
    return { server, desk, model, ask: askOf({ model, list }, undefined)! }
  }

  test('O-30: it gets requests for its models alone, and no completion', async () => {
    const { server, ask } = await connect((request) => (isList(request) ? models : { status: 500 }))
    const { clock, probes, recorded } = start(ask)
    for (let i = 1; i <= 3; i++) {
      await clock.pass(1000)
      await vi.waitFor(() => expect(recorded.length).toBe(i))
    }
    probes.stop()
    expect(recorded.map(({ outcome }) => outcome.result)).toEqual(['success', 'success', 'success'])
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array(3).fill('GET /v1/models'),
    )
  })

  test('O-30: time in the queue for a permit is no time of a probe', async () => {
    const held = Promise.withResolvers<void>()
    const { desk, model, ask } = await connect(async (request) => {
      if (isList(request)) return models
      await held.promise
      return { body: { model: 'small', choices: [{ index: 0, message: { content: 'Paris' } }] } }
    })
    const call = model.generate('Where?')
    await vi.waitFor(() => expect(desk.inFlight().providers).toEqual({ acme: 1 }))
    const { clock, probes, recorded } = start(ask)
    await clock.pass(1000)
    await vi.waitFor(() => expect(desk.waits()).toMatchObject([{}, { waiting: 1 }]))
    await clock.pass(60_000)
    expect(recorded).toEqual([])
    held.resolve()
    await call
    await vi.waitFor(() => expect(recorded).toMatchObject([{ outcome: { result: 'success' } }]))
    probes.stop()
  })

  test('O-30: a request of a probe ends when its time is up', async () => {
    const server = await serve(() => {}) // it never answers
    onTestFinished(() => server[Symbol.asyncDispose]())
    const seam = createSeam({ desk: createDesk(), random: () => 0 })
    const factory = { name: 'acme', baseURL: 'http://127.0.0.1:1/v1', apiKeys: ['invented'] }
    const providers = bindProviders({ providers: [openaiCompatible(factory)], seam, env: {} })
    const options = { baseURL: `${server.url}/v1` }
    const { list } = providers.other({ spec: 'acme/small', options })
    const model = createModel({ provider: 'acme', name: 'small', generate: () => expect.fail() })
    const { clock, probes, recorded } = start(askOf({ model, list }, undefined)!)
    await clock.pass(1000)
    await vi.waitFor(() => expect(server.requests.length).toBe(1))
    await clock.pass(300)
    expect(recorded).toMatchObject([{ outcome: { result: 'failure' } }])
    await server.requests[0]!.closed
    await clock.pass(1000)
    await vi.waitFor(() => expect(server.requests.length).toBe(2))
    probes.stop()
    await server.requests[1]!.closed
  })

  test('a model that cools down is busy, and not ill', async () => {
    const { server, model, ask } = await connect(() => ({
      status: 429,
      headers: { 'retry-after': '60' },
    }))
    await expect(model.generate('Where?')).rejects.toMatchObject({ kind: 'rate_limit' })
    const { clock, probes, recorded } = start(ask)
    await clock.pass(1000)
    await vi.waitFor(() => expect(recorded).toEqual([{ at: 1000, outcome: { result: 'unknown' } }]))
    probes.stop()
    expect(server.requests.length).toBeLessThanOrEqual(2)
  })
})

describe('a script ends by itself', () => {
  const source = new URL('../../../src/provider/health/probes.ts', import.meta.url).href

  /** Runs a script with `startProbes`, to its end. */
  async function run(script: string) {
    const code = `import { startProbes } from ${JSON.stringify(source)}\n${script}`
    const args = ['--input-type=module', '--eval', code]
    await using program = startProgram(process.execPath, args)
    const { code: status } = await program.exited
    return { status, output: program.output().trim() }
  }

  test('O-30: while probes are to come', async () => {
    const script = `
      startProbes({ ask: async () => ({ result: 'success' }), record() {}, intervalMs: 60_000, timeoutMs: 60_000 })
      console.log('done')`
    expect(await run(script)).toEqual({ status: 0, output: 'done' })
  })

  test('O-30: after real probes, with one in flight that nobody will answer', async () => {
    const script = `
      const keepAlive = setInterval(() => {}, 60_000)
      let asked = 0
      startProbes({
        async ask() {
          if (++asked < 3) return { result: 'success' }
          clearInterval(keepAlive)
          return new Promise(() => {})
        },
        record: ({ result }) => console.log(result),
        intervalMs: 5,
        timeoutMs: 60_000,
      })`
    expect(await run(script)).toEqual({ status: 0, output: 'success\nsuccess' })
  })
})
