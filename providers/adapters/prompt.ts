import { AssayError } from '../../src/model/error.ts'
import type { Message } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import { requireTextOnly, type TextMessage } from '../../src/model/text-only.ts'
import { type Method, snakeCase } from './methods.ts'
import type { Subject } from './subject.ts'

/**
 * The one text that a method takes: that of a prompt, or of a conversation of a single message of the user.
 * What could not be handed on, as a system message, is an error, since leaving it out would change the response.
 */
export function promptOf(
  messages: readonly Message[],
  options: GenerateOptions,
  method: Method,
  { spec, provider }: Subject,
): string {
  const texts = requireTextOnly(spec, messages, options)
  const [first] = texts
  if (first?.role === 'user' && texts.length === 1) return first.content
  const roles = texts.map(({ role }) => role).join(', ') || 'no message'
  throw new AssayError(
    `${spec}: \`${method.name}\` takes one text; give a prompt, or a single message of the user, got ${roles}.`,
    { kind: 'invalid_request', provider },
  )
}

/** What a method takes that knows conversations: a text where the user alone has spoken, else the messages. */
export function inputOf(
  messages: readonly Message[],
  options: GenerateOptions,
  { spec }: Subject,
): string | readonly TextMessage[] {
  const texts = requireTextOnly(spec, messages, options)
  const [first] = texts
  return first?.role === 'user' && texts.length === 1 ? first.content : texts
}

/** The settings of a call as a method takes them: in snake case where its own name is. */
export function settingsOf(
  { name }: Method,
  { temperature, topP, maxTokens, stop, seed }: GenerateOptions,
): Record<string, unknown> {
  const settings = Object.entries({ temperature, topP, maxTokens, stop, seed })
  const given = settings.filter(([, value]) => value !== undefined)
  const spell = name.includes('_') ? snakeCase : (setting: string) => setting
  return Object.fromEntries(given.map(([setting, value]) => [spell(setting), value]))
}
