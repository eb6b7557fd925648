import type { Image, Message, ToolCall } from '../../src/model/message.ts'
import { argumentsOf } from '../shared/wire/call-arguments.ts'

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

function toToolUse(call: ToolCall): object {
  const { id, name } = call
  return { type: 'tool_use', id, name, input: argumentsOf(call, 'anthropic') }
}
