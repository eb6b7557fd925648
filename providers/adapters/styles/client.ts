import { fieldsOf } from '../fields.ts'
import { methodOf } from '../methods.ts'
import { promptOf, settingsOf } from '../prompt.ts'
import type { Style } from './style.ts'

/** Clients: `generate(prompt)` returns a text, or an object with a `text`. */
export const clientStyle: Style = (object, { subject, life, parameters }) => {
  const generate = methodOf(object, 'generate')
  if (!generate) return undefined
  return {
    async generate(messages, options) {
      const prompt = promptOf(messages, options, generate, subject)
      const signal = life.signalFor(options.signal)
      const call = { ...parameters, ...settingsOf(generate, options), signal }
      const raw = await life.ask(signal, () => generate.call(prompt, call))
      if (typeof raw === 'string') return { text: raw, raw }
      return { text: fieldsOf(raw, generate, subject).require('text', 'string'), raw }
    },
  }
}
