import { wrongAnswer } from '../fields.ts'
import { failureOf } from '../failure.ts'
import { type Method, methodOf } from '../methods.ts'
import { promptOf, settingsOf } from '../prompt.ts'
import type { Style, StyleContext } from './style.ts'

/**
 * Models of pipelines: `generate_response(prompt, parameters)` returns a text, and `stream_response` with the same
 * arguments is an async generator of texts. Both get `{ signal }` as a third.
 */
export const responderStyle: Style = (object, context) => {
  const { subject, life, parameters } = context
  const respond = methodOf(object, 'generate_response')
  if (!respond) return undefined
  const stream = methodOf(object, 'stream_response')
  return {
    async generate(messages, options) {
      const prompt = promptOf(messages, options, respond, subject)
      const signal = life.signalFor(options.signal)
      const settings = { ...parameters, ...settingsOf(respond, options) }
      const text = await life.ask(signal, () => respond.call(prompt, settings, { signal }))
      return { text: textOf(text, respond, context), raw: text }
    },
    ...(stream && {
      async *stream(messages, options) {
        const prompt = promptOf(messages, options, stream, subject)
        const left = new AbortController()
        const signal = AbortSignal.any([life.signalFor(options.signal), left.signal])
        const settings = { ...parameters, ...settingsOf(stream, options) }
        const open = () => stream.call(prompt, settings, { signal })
        const chunks = iteratorOf(await life.ask(signal, open), stream, context)
        try {
          for (;;) {
            const step = await life.ask(signal, () => chunks.next())
            if (step.done) return {}
            yield { text: textOf(step.value, stream, context) }
          }
        } finally {
          // aborted also where the generator has nothing to close its connection
          await leave(chunks, signal, context).finally(() => left.abort())
        }
      },
    }),
  }
}

type Chunks = AsyncIterator<unknown> | Iterator<unknown>

function iteratorOf(value: unknown, method: Method, { subject }: StyleContext): Chunks {
  if (typeof value === 'object' && value !== null) {
    if (Symbol.asyncIterator in value)
      return (value as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    if (Symbol.iterator in value) return (value as Iterable<unknown>)[Symbol.iterator]()
  }
  throw wrongAnswer(method, subject, { expected: 'an async generator of texts', got: value })
}

/** One that still waits for its next chunk cannot be waited for: it ends when that has come. */
async function leave(
  chunks: Chunks,
  signal: AbortSignal,
  { subject }: StyleContext,
): Promise<void> {
  const end = (async () => chunks.return?.())()
  if (signal.aborted) return void end.catch(() => {}) // the call has its error already
  await end.catch((error: unknown) => {
    throw failureOf(error, subject)
  })
}

function textOf(value: unknown, method: Method, { subject }: StyleContext): string {
  if (typeof value === 'string') return value
  throw wrongAnswer(method, subject, { expected: 'a text', got: value })
}
