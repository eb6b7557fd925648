import type { Generated } from '../../../src/model/implementation.ts'
import { failureSaid } from '../failure.ts'
import { fieldsOf } from '../fields.ts'
import { type Method, methodOf } from '../methods.ts'
import { promptOf, settingsOf } from '../prompt.ts'
import type { Subject } from '../subject.ts'
import { errorText, type Style } from './style.ts'

/**
 * Handlers of benchmarks: `test_prompt(prompt)` returns `{ success, response, model, provider, version }`, or
 * `{ success: false, error }`. An optional `generate` is not asked: it hides what failed in a text.
 */
export const handlerStyle: Style = (object, { subject, life, parameters }) => {
  const testPrompt = methodOf(object, 'test_prompt')
  if (!testPrompt) return undefined
  return {
    async generate(messages, options) {
      const prompt = promptOf(messages, options, testPrompt, subject)
      const signal = life.signalFor(options.signal)
      const call = { ...parameters, ...settingsOf(testPrompt, options), signal }
      const envelope = await life.ask(signal, () => testPrompt.call(prompt, call))
      return toGenerated(envelope, testPrompt, subject)
    },
  }
}

function toGenerated(raw: unknown, method: Method, subject: Subject): Generated {
  const envelope = fieldsOf(raw, method, subject)
  if (!envelope.require('success', 'boolean')) {
    throw failureSaid({ text: errorText(envelope.all['error']) }, subject)
  }
  const text = envelope.require('response', 'string')
  const servedBy = envelope.optional('model', 'string')
  envelope.optional('provider', 'string')
  envelope.optional('version', 'string')
  envelope.optional('response_time', 'number')
  return { text, raw, ...(servedBy !== undefined && { servedBy }) }
}
