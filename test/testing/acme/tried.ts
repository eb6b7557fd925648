import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  AssayError,
  createModel,
  defineProvider,
  type Message,
  type Model,
  type ModelHandle,
  type ModelProvider,
} from 'vitest-assay'
import type { ProviderContract } from 'vitest-assay/testing'
import { acme, type AcmeSettings, dataIn, failure, good, readBody, toGenerated } from './acme.ts'
import { contract } from './contract.ts'

/** A provider, and the checks that must fail. */
interface Tried {
  readonly provider: ModelProvider
  readonly contract: ProviderContract
  readonly fails: readonly string[]
}

function breaks(fails: readonly string[], settings: AcmeSettings): Tried {
  return { provider: acme(settings), contract, fails }
}

function breaksInProcess(fails: readonly string[], wrap: (model: Model) => Model): Tried {
  const provider = defineProvider({ name: 'parrot', setup: (name) => wrap(parrot(name)) })
  return { provider, contract: { model: 'green' }, fails }
}

function parrot(name: string): Model {
  const generate = async ([first]: readonly Message[]) => ({ text: first!.content })
  return createModel({ provider: 'parrot', name, generate })
}

/** A provider with handles of its own. */
function breaksHandles(
  fails: readonly string[],
  wrap: (handle: ModelHandle) => Partial<ModelHandle>,
): Tried {
  const own = defineProvider({ name: 'parrot', setup: (name) => parrot(name) })
  const provider: ModelProvider = {
    ...own,
    async setup(...args) {
      const handle = await own.setup(...args)
      const { resourceId, model } = handle
      const teardown = () => handle.teardown()
      const whole = { resourceId, provider, model, teardown, [Symbol.asyncDispose]: teardown }
      return { ...whole, ...wrap(handle) }
    },
  }
  return { provider, contract: { model: 'green' }, fails }
}

/** A provider whose models have a program each. */
function breaksPrograms(
  fails: readonly string[],
  end: (program: ChildProcess) => Promise<unknown>,
): Tried {
  const programs = new WeakMap<Model, ChildProcess>()
  const provider = defineProvider({
    name: 'parrot',
    setup(name) {
      const model = parrot(name)
      const program = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
        stdio: ['pipe', 'ignore', 'ignore'], // it ends with what it reads
      })
      programs.set(model, program)
      return model
    },
    async teardown(model) {
      await end(programs.get(model)!)
    },
  })
  return { provider, contract: { model: 'green' }, fails }
}

/** A model of which one method is another. */
function withMethod<Name extends keyof Model>(name: Name, method: (model: Model) => Model[Name]) {
  return {
    wrap: (model: Model): Model => ({ ...model, info: model.info, [name]: method(model) }),
  }
}

/** Tries once more where it can make nothing of the response. */
async function twice<T>(call: () => Promise<T>, kind: string): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (AssayError.is(error) && error.kind === kind) return await call()
    throw error
  }
}

export const tried: Readonly<Record<string, Tried>> = {
  'is-as-it-should-be': breaks([], {}),
  'sends-wrong-requests-again': breaks(['invalidRequest'], {
    send: (...args) => twice(() => good.send(...args), 'invalid_request'),
  }),
  'sends-unreadable-responses-again': breaks(['malformed'], {
    wrap: (model) => ({
      ...model,
      generate: (...args) => twice(() => model.generate(...args), 'parse'),
    }),
  }),
  'sends-past-the-seam': breaks(
    ['generate', 'invalidRequest', 'rateLimited', 'serverError', 'network'],
    { send: (_request, url, init) => fetch(url, init) },
  ),
  'loses-the-order-of-a-batch': breaks(['batch'], {
    ...withMethod('batch', (model) => async (inputs, { concurrency = 10, ...options } = {}) => {
      const results = []
      for await (const { result } of model.streamBatch(inputs, {
        ...options,
        concurrency,
        order: 'completion',
      })) {
        results.push(result)
      }
      return results
    }),
  }),
  'ignores-the-bound-of-a-batch': breaks(['batch'], {
    ...withMethod(
      'batch',
      (model) =>
        (inputs, { concurrency: _, ...options } = {}) =>
          Promise.allSettled(inputs.map((input) => model.generate(input, options))),
    ),
  }),
  'loses-a-batch-with-one-error': breaks(['batch'], {
    ...withMethod('batch', (model) => async (inputs, options) => {
      const results = await model.batch(inputs, options)
      const failed = results.find((one) => one.status === 'rejected')
      if (failed) throw failed.reason
      return results
    }),
  }),
  'starts-a-batch-in-groups': breaks(['streamBatch'], {
    ...withMethod(
      'streamBatch',
      (model) =>
        async function* (inputs, options = {}) {
          const { concurrency = 10 } = options
          for (let start = 0; start < inputs.length; start += concurrency) {
            const group = inputs.slice(start, start + concurrency)
            for await (const { index, result } of model.streamBatch(group, options)) {
              yield { index: start + index, result }
            }
          }
        },
    ),
  }),
  'does-not-abort': breaks(['streamBatch', 'abort'], {
    send: (request, url, { signal: _, ...init }) => good.send(request, url, init),
  }),
  'counts-no-usage-as-zero': breaks(['noUsage'], {
    parse(text) {
      const generated = good.parse(text)
      return { ...generated, usage: generated.usage ?? { inputTokens: 0, outputTokens: 0 } }
    },
  }),
  'takes-an-error-for-an-answer': breaks(['errorWithinStream', 'errorWithin200'], {
    parse(text) {
      const { problem, ...body } = readBody(text)
      return toGenerated(problem ? { ...body, text: problem, end: 'done' } : body)
    },
  }),
  'throws-what-is-blocked': breaks(['blocked'], {
    parse(text) {
      const generated = good.parse(text)
      if (generated.blocked) throw failure('content_filter', generated.blocked.reason)
      return generated
    },
  }),
  'puts-its-key-into-errors': breaks(['key'], {
    connect(context, model) {
      const request = good.connect(context, model)
      return async (url, init) => {
        try {
          return await request(url, init)
        } catch (error) {
          const [key] = context.keys
          const message = `${(error as Error).message} (x-acme-key: ${key?.reveal()})`
          const { kind, status, retryAfterMs, attempts } = error as AssayError
          throw new AssayError(message, { kind, status, retryAfterMs, attempts })
        }
      }
    },
  }),
  'does-not-tell-the-seam-its-key': breaks(['key'], {
    connect({ request, keys: [key] }, model) {
      const send = request.with({ model })
      return (url, init) => send(url, { ...init, headers: { 'x-acme-key': key!.reveal() } })
    },
  }),
  'logs-its-key': breaks(['key'], {
    connect(context, model) {
      console.debug(
        'acme: keys',
        context.keys.map((key) => key.reveal()),
      )
      return good.connect(context, model)
    },
  }),
  'splits-events-by-chunks': breaks(['stream'], {
    async *events(body) {
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        yield* dataIn(text.split('\n'))
      }
    },
  }),
  'collects-a-stream-first': breaks(['stream'], {
    async *events(body) {
      const all = await Array.fromAsync(good.events(body))
      yield* all
    },
  }),
  'takes-a-part-for-the-whole': breaks(['brokenStream'], { cutOff: () => ({}) }),
  'invents-a-model': breaks(['listModels'], {
    listModels: (list) => good.listModels(list).catch(() => [{ id: 'small' }]),
  }),
  'sets-up-each-time': breaks(['teardown'], { shared: false }),
  'runs-in-this-process': breaksInProcess([], (model) => model),
  'gives-other-chunks-than-its-response': breaksInProcess(['stream'], (model) => ({
    ...model,
    stream(input, options) {
      const { response } = model.stream(input, options)
      return {
        response,
        async *[Symbol.asyncIterator]() {
          yield { text: (await response).text.toUpperCase() }
        },
      }
    },
  })),
  'forgets-the-rest-of-a-batch': breaksInProcess(['batch'], (model) => ({
    ...model,
    batch: async (...args) => (await model.batch(...args)).slice(0, 3),
  })),
  'forgets-the-order-it-is-asked-for': breaksInProcess(['streamBatch'], (model) => ({
    ...model,
    async *streamBatch(...args) {
      yield* (await Array.fromAsync(model.streamBatch(...args))).toReversed()
    },
  })),
  'tears-nothing-down': breaksHandles(['teardown'], ({ model }) => ({
    model,
    teardown: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })),
  'tears-down-twice': breaksHandles(['teardown'], (handle) => {
    let gone = false
    return {
      get model() {
        return handle.model
      },
      async teardown() {
        if (gone) throw new Error('there is nothing left to tear down')
        gone = true
        await handle.teardown()
      },
    }
  }),
  'gives-handles-without-a-model': breaksHandles(
    ['generate', 'stream', 'batch', 'streamBatch', 'abort', 'teardown'],
    () => ({ model: undefined }) as never,
  ),
  'ends-its-programs': breaksPrograms([], async (program) => {
    program.stdin!.end()
    await once(program, 'exit')
  }),
  'leaves-its-programs': breaksPrograms(['teardown'], () => Promise.resolve()),
  'does-not-look-at-the-signal': breaksInProcess(['abort'], (model) => ({
    ...model,
    generate: (input) => model.generate(input),
  })),
  'is-another-one-than-it-says': breaksInProcess(['generate', 'teardown'], (model) => ({
    ...model,
    info: { ...model.info, provider: 'gull' },
    generate: async (...args) => ({ ...(await model.generate(...args)), provider: 'gull' }),
  })),
}
