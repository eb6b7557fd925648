import { AssayError } from '../../src/model/error.ts'
import type { Image, Message, ToolCall } from '../../src/model/message.ts'
import { argumentsOf } from '../shared/wire/call-arguments.ts'

/** A conversation as the API takes it. @throws AssayError for what it does not take */
export function toMessages(messages: readonly Message[]): object[] {
  const tools = new Map<string, string>() // the name of each call, by its id
  return messages.map(({ role, content, images = [], toolCalls = [], toolCallId = '' }) => {
    for (const { id, name } of toolCalls) tools.set(id, name)
    if (role === 'tool') return { role, content, ...toResult(toolCallId, tools.get(toolCallId)) }
    return {
      role,
      content,
      ...(images.length > 0 && { images: images.map(toBase64) }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toToolCall) }),
    }
  })
}

/** Of which call a result is: by the name of its tool, and in later versions by the id too. */
function toResult(id: string, tool: string | undefined): object {
  return { ...(tool && { tool_name: tool }), ...(id && { tool_call_id: id }) }
}

function toBase64(image: Image): string {
  if ('data' in image) return Buffer.from(image.data).toString('base64')
  const [, data] = /^data:[^,]*;base64,(.+)$/s.exec(image.url) ?? []
  if (data) return data
  throw invalid('its API takes no picture by its address: give `data` and `mediaType`.')
}

function toToolCall(call: ToolCall): object {
  const { id, name } = call
  return { ...(id && { id }), function: { name, arguments: argumentsOf(call, 'ollama') } }
}

function invalid(problem: string): AssayError {
  return new AssayError(`ollama: ${problem}`, { kind: 'invalid_request', provider: 'ollama' })
}
