import { describe, expect, test } from 'vitest'
import { liveChecks } from '../../../src/cli/doctor/conformance/checks.ts'
import { createModel } from '../../../src/model/create-model.ts'
import type { Model, ModelStream } from '../../../src/model/model.ts'
import type { ModelResponse } from '../../../src/model/response.ts'
import { defineProvider } from '../../../src/provider/define-provider.ts'
import type { ListedModel, ModelProvider } from '../../../src/provider/provider.ts'
import { acmeServer, answerTo } from './acme-server.ts'
import { examined, KEY, saidOf, statusesOf } from './examined.ts'

const USAGE = { inputTokens: 9, outputTokens: 1 }

interface Made {
  readonly answer?: (prompt: string) => string
  readonly listed?: readonly ListedModel[]
  readonly raw?: (keys: readonly string[]) => unknown
  /** Changes a good model. */
  readonly alter?: (model: Model) => Partial<Model>
}

/** A provider of models that do what they are told, but for what is altered. */
function made({
  answer = answerTo,
  listed = [],
  raw,
  alter = () => ({}),
}: Made = {}): ModelProvider {
  return defineProvider({
    name: 'made',
    setup(name, _options, { keys, request }) {
      request.with({ keys }) // where they can be seen
      const model = createModel({
        provider: 'made',
        name,
        async generate(messages) {
          const text = answer(messages.at(-1)!.content)
          return { text, usage: USAGE, raw: raw?.(keys.map((key) => key.reveal())) }
        },
        async *stream(messages) {
          for (const text of answer(messages.at(-1)!.content).match(/\S+\s*/g)!) yield { text }
          return { usage: USAGE }
        },
      })
      // not a copy: a model has getters
      return Object.create(model, Object.getOwnPropertyDescriptors(alter(model))) as Model
    },
    listModels: async () => [{ id: 'm' }, ...listed],
  })
}

const conformance = (provider: ModelProvider) =>
  examined('made/m', {
    providers: [provider],
    env: { MADE_API_KEY: KEY },
    conformance: true,
    timeout: 2000,
  })

/** Names of the checks of the suite that ended so. */
function named(report: Awaited<ReturnType<typeof examined>>, status: string): readonly string[] {
  const ended = Object.entries(statusesOf(report)).filter(([, one]) => one === status)
  return ended
    .filter(([name]) => name.startsWith('conformance.'))
    .map(([name]) => name.replace('conformance.', ''))
}

const all = liveChecks.map(({ name }) => name)

test('H-32, O-37: of a good model over HTTP every check passes, by name', async () => {
  const server = await acmeServer()
  const report = await examined('acme/small', { env: server.env, conformance: true })
  expect(report.exitCode).toBe(0)
  const checks = Object.keys(statusesOf(report))
  expect(checks.slice(-all.length)).toEqual(all.map((name) => `conformance.${name}`))
  expect(named(report, 'passed')).toEqual(all)
})

test('H-32: offline the suite sends nothing', async () => {
  const server = await acmeServer()
  const report = await examined('acme/small', { env: server.env, conformance: true, offline: true })
  expect(server.requests).toEqual([])
  expect(statusesOf(report)).toMatchObject({ conformance: 'skipped' })
})

test('O-37: of a good model of a package every check passes', async () => {
  const report = await conformance(made())
  expect(named(report, 'passed')).toEqual(all)
})

/** The whole of a stream, its chunks in another order. */
function reversed(stream: ModelStream, isWhole: boolean): ModelStream {
  const texts: string[] = []
  const chunks = (async function* read() {
    for await (const { text } of stream) texts.unshift(text)
    for (const text of texts) yield { text }
  })()
  const response = (async () => {
    const whole = await stream.response
    return isWhole ? { ...whole, text: texts.join('') } : whole
  })()
  response.catch(() => {})
  return { [Symbol.asyncIterator]: () => chunks, response }
}

const NEVER = new AbortController().signal

const faulty: Readonly<Record<string, readonly [fails: readonly string[], Made]>> = {
  'reorders its stream': [
    ['stream'],
    { alter: (model) => ({ stream: (...args) => reversed(model.stream(...args), true) }) },
  ],
  'gives chunks that are not its response': [
    ['stream'],
    { alter: (model) => ({ stream: (...args) => reversed(model.stream(...args), false) }) },
  ],
  'misplaces the results of a batch': [
    ['batch'],
    {
      alter: (model) => ({
        async batch(inputs, options) {
          const [first, second, ...rest] = await model.batch(inputs, options)
          return [second, first, ...rest].filter((one) => one !== undefined)
        },
      }),
    },
  ],
  'loses a result of a batch': [
    ['batch'],
    {
      alter: (model) => ({
        async batch(inputs, options) {
          const results = await model.batch(inputs, options)
          return results.length > 1 ? results.slice(1) : results
        },
      }),
    },
  ],
  'gives a batch as it comes where an order is asked for': [
    ['streamBatch'],
    {
      alter: (model) => ({
        async *streamBatch(inputs, options) {
          const results = []
          for await (const result of model.streamBatch(inputs, options)) results.unshift(result)
          yield* results
        },
      }),
    },
  ],
  'gives one caller what another asked for': [
    ['concurrent'],
    {
      alter(model) {
        let last: Promise<ModelResponse> | undefined
        let calls = 0
        return {
          generate(input, options) {
            // the third of those at the same time gets what the second gets
            const isMixed = calls++ > 0 && last !== undefined && typeof input === 'string'
            const own = model.generate(input, options)
            const given = isMixed && input.includes('7306') ? last! : own
            last = own
            return given
          },
        }
      },
    },
  ],
  'counts no tokens as none': [
    ['usage'],
    {
      alter: (model) => ({
        async generate(...args) {
          const usage = { inputTokens: 0, outputTokens: 0 }
          return { ...(await model.generate(...args)), usage }
        },
      }),
    },
  ],
  'makes a text of an error': [
    ['refusal', 'metrics', 'key'],
    {
      alter: (model) => ({
        async generate(input, options) {
          if (typeof input === 'string' || options?.signal) return model.generate(input, options)
          return { ...(await model.generate('Hi')), text: 'Error: this input is wrong' }
        },
      }),
    },
  ],
  'does not hear that a call is aborted': [
    ['abort'],
    {
      alter: (model) => ({
        generate: (input, options) => model.generate(input, { ...options, signal: NEVER }),
      }),
    },
  ],
  'counts no calls': [
    ['metrics'],
    {
      alter: ({ metrics }) => ({ metrics }),
    },
  ],
  'shows its key': [['key'], { raw: (keys) => ({ sent: { authorization: keys[0] } }) }],
  'lists a model twice': [['listModels'], { listed: [{ id: 'm' }] }],
  'says where no response came from': [
    ['generate'],
    {
      alter: (model) => ({
        generate: async (...args) => ({ ...(await model.generate(...args)), servedBy: '' }),
      }),
    },
  ],
}

describe('H-32, D-25, H-33, O-46: the suite finds a model that', () => {
  test.for(Object.entries(faulty))('%s, and names the check', async ([, [fails, fault]]) => {
    const report = await conformance(made(fault))
    expect(named(report, 'failed')).toEqual(fails)
    expect(report.exitCode).toBe(1)
  })

  test('is still there after its teardown, and names the check', async () => {
    const good = made()
    const keeping: ModelProvider = {
      name: 'made',
      setup: async (...args) => ({ ...(await good.setup(...args)) }), // a copy has no getters
      teardown: (id) => good.teardown(id),
      teardownAll: () => good.teardownAll(),
    }
    const report = await conformance(keeping)
    expect(named(report, 'failed')).toEqual(['teardown'])
  })
})

test('what a weak model does not show is said, and is no failure', async () => {
  const report = await conformance(made({ answer: () => 'I do not know.' }))
  expect(report.exitCode).toBe(0)
  expect(named(report, 'warning')).toEqual(['stream', 'batch', 'streamBatch', 'concurrent'])
})

test('no text of a model, and no prompt, is in what the suite says', async () => {
  const report = await conformance(made({ alter: faulty['reorders its stream']![1].alter! }))
  expect(saidOf(report, 'conformance.stream')).toBe(
    'stream(): asked to count, it gives another order than generate().',
  )
})

test('O-46, H-33, D-25: each of the best practices has its checks', () => {
  const practices = {
    'errors, robust and never a text': ['refusal', 'batch'],
    'sync and async, at the same time': ['generate', 'concurrent', 'abort'],
    'batching and formats': ['batch', 'streamBatch', 'stream'],
    'standard responses': ['generate', 'stream'],
    cleanup: ['teardown'],
    monitoring: ['metrics'],
    cost: ['usage'],
    'security and safety': ['key', 'generate'],
  }
  for (const names of Object.values(practices)) {
    expect(all).toEqual(expect.arrayContaining(names))
  }
})
