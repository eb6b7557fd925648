import { inspect } from 'node:util'
import { AssayError } from '../../../model/error.ts'
import { resultOf, started, ways } from '../../../testing/outcome.ts'
import { demand, errorOf, type LiveCheck, SHORT } from './check.ts'
import { within } from '../within.ts'
import { questions } from './marks.ts'

/** An input that no model takes. */
const wrong = [{ role: 'nobody', content: 'Hi' }] as never

export const refusal: LiveCheck = {
  name: 'refusal',
  demand: 'an input that is wrong is an AssayError of the kind invalid_request, and never a text',
  async run(bench) {
    const { kind } = await errorOf(
      'generate()',
      within('generate()', bench, bench.model.generate(wrong)),
    )
    demand(kind === 'invalid_request', `the error is of the kind ${kind}.`)
  },
}

export const abort: LiveCheck = {
  name: 'abort',
  demand: 'a call whose signal is aborted ends at once, with an error of the kind cancelled',
  async run(bench) {
    for (const [way, call] of Object.entries(ways)) {
      const what = `${way} with a signal that was aborted before`
      const unsent = call(bench.model, { ...SHORT, signal: AbortSignal.abort() })
      const { kind } = await errorOf(what, within(what, bench, unsent))
      demand(kind === 'cancelled', `${what}: the error is of the kind ${kind}.`)
      const caller = new AbortController()
      const running = started(call(bench.model, { ...SHORT, signal: caller.signal }))
      caller.abort()
      const error: unknown = await within(way, bench, running).catch((reason: unknown) => reason)
      const isRight =
        !(error instanceof Error) || (AssayError.is(error) && error.kind === 'cancelled')
      demand(isRight, `${way}, aborted on its way: the error is none of the kind cancelled.`)
    }
  },
}

export const metrics: LiveCheck = {
  name: 'metrics',
  demand: 'each call is counted, and each that failed',
  async run(bench) {
    const { model } = bench
    const before = model.metrics
    await resultOf('generate()', within('generate()', bench, model.generate(questions[2]!, SHORT)))
    await errorOf('generate()', within('generate()', bench, model.generate(wrong)))
    const { calls, failures } = model.metrics
    demand(calls - before.calls === 2, `metrics: two calls are counted as ${calls - before.calls}.`)
    demand(failures - before.failures === 1, 'metrics: a call that failed is not counted as one.')
  },
}

export const key: LiveCheck = {
  name: 'key',
  demand: 'no key shows in the model, its responses or its errors',
  async run(bench) {
    const { model, keys } = bench
    if (keys.length === 0) return { all: 'no key is sent' }
    const response = await within('generate()', bench, model.generate(questions[3]!, SHORT))
    const error = await errorOf('generate()', within('generate()', bench, model.generate(wrong)))
    const places = { model: model.info, response, error }
    for (const [place, value] of Object.entries(places)) {
      const text = inspect(value, { depth: null })
      demand(!keys.some((one) => text.includes(one.reveal())), `a key shows in the ${place}.`)
    }
    return undefined
  },
}

export const listModels: LiveCheck = {
  name: 'listModels',
  demand: 'each model that is listed has a name of its own, and no name is empty',
  async run({ listModels: list }) {
    if (!list) return { all: 'its provider lists no models' }
    const listed = await list().catch((error: unknown) => {
      if (AssayError.is(error)) return error // the check of the listing has told of it
      throw error
    })
    if (AssayError.is(listed)) return { all: 'the server gives no list' }
    const names = listed.map(({ id, name = id }) => name)
    demand(names.every(Boolean), 'listModels(): a model has no name.')
    demand(new Set(names).size === names.length, 'listModels(): two models have one name.')
    return undefined
  },
}

export const teardown: LiveCheck = {
  name: 'teardown',
  demand: 'who lets go of a model does not take it from others, and has it no longer',
  async run(bench) {
    const [first, second] = await Promise.all([bench.setup(), bench.setup()])
    await first.teardown()
    await first.teardown()
    const call = second.model.generate(questions[0]!, SHORT)
    await resultOf(
      'generate() after the teardown of another handle',
      within('generate()', bench, call),
    )
    await second.teardown()
    for (const handle of [first, second]) {
      let error: unknown
      try {
        void handle.model
      } catch (thrown) {
        error = thrown
      }
      demand(AssayError.is(error), 'a handle that was torn down still has its model.')
    }
  },
}
