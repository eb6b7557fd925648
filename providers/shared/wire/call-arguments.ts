import { AssayError } from '../../../src/model/error.ts'
import type { ToolCall } from '../../../src/model/message.ts'

/**
 * The arguments of a call in a conversation, for an API that takes them as an object and not as a text. None at all
 * are an empty object.
 *
 * @throws AssayError for what is no JSON object: a model, maybe another one, has written it
 */
export function argumentsOf({ name, arguments: json }: ToolCall, provider: string): object {
  const object = jsonObject(json || '{}')
  if (object) return object
  throw new AssayError(
    `${provider}: the conversation holds a call of ${name} whose arguments are no JSON object.`,
    { kind: 'invalid_request', provider },
  )
}

/** The JSON object that a text holds; `undefined` for all else. */
export function jsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
