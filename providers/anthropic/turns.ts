import { AssayError } from '../../src/model/error.ts'
import type { Image, Message, ToolCall } from '../../src/model/message.ts'

interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: string | readonly object[]
}

/** A conversation as the API takes it, without what goes to `system`. @throws AssayError */
export function toTurns(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = []
  let results: object[] | undefined
  for (const message of messages) {
    if (message.role === 'system') continue
    if (message.role !== 'tool') {
      results = undefined
      turns.push({ role: message.role, content: toContent(message) })
      continue
    }
    // the results of one turn's calls have to come back in one turn
    if (!results) turns.push({ role: 'user', content: (results = []) })
    const { toolCallId, content } = message
    results.push({ type: 'tool_result', tool_use_id: toolCallId, content })
  }
  return turns
}

function toContent({ content, images = [], toolCalls = [] }: Message): Turn['content'] {
  if (images.length === 0 && toolCalls.length === 0) return content
  const text = content ? [{ type: 'text', text: content }] : []
  return [...images.map(toImage), ...text, ...toolCalls.map(toToolUse)]
}

function toImage(image: Image): object {
  if ('data' in image) return base64(image.mediaType, Buffer.from(image.data).toString('base64'))
  const [, mediaType, data] = /^data:([^;,]+);base64,(.+)$/s.exec(image.url) ?? []
  if (mediaType && data) return base64(mediaType, data)
  return { type: 'image', source: { type: 'url', url: image.url } }
}

function base64(mediaType: string, data: string): object {
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data } }
}

function toToolUse({ id, name, arguments: json }: ToolCall): object {
  return { type: 'tool_use', id, name, input: toInput(json, name) }
}

function toInput(json: string, name: string): object {
  try {
    const input: unknown = JSON.parse(json || '{}')
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input
  } catch {
    // a model of another provider may have written it
  }
  throw new AssayError(
    `anthropic: the conversation holds a call of ${name} whose arguments are no JSON object.`,
    { kind: 'invalid_request', provider: 'anthropic' },
  )
}
