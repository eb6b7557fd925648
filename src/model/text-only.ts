import { AssayError } from './error.ts'
import type { Message } from './message.ts'
import type { GenerateOptions } from './model.ts'

/** A message of a model that takes texts and nothing else. */
export interface TextMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** Returns the messages as texts. @throws AssayError for pictures, tools and structured output */
export function requireTextOnly(
  provider: string,
  messages: readonly Message[],
  { tools, json }: GenerateOptions,
): readonly TextMessage[] {
  if (tools?.length) throw unsupported(provider, 'tools')
  if (json) throw unsupported(provider, 'structured output (`json`)')
  return messages.map(({ role, content, images, toolCalls }) => {
    if (images?.length) throw unsupported(provider, 'images')
    if (role === 'tool' || toolCalls?.length) throw unsupported(provider, 'calls of tools')
    return { role, content }
  })
}

function unsupported(provider: string, what: string): AssayError {
  const message = `${provider}: its models take no ${what}; leave that out, or take another provider.`
  return new AssayError(message, { kind: 'invalid_request', provider })
}
