import { AssayError } from '../../src/model/error.ts'
import type { Message, ToolCall } from '../../src/model/message.ts'
import { argumentsOf } from '../shared/wire/call-arguments.ts'

/**
 * A conversation as the API takes it, where each message is a text, or calls of tools, or their results. A result
 * names the function, since calls have no ids.
 *
 * @throws AssayError for what a message cannot carry
 */
export function toMessages(messages: readonly Message[]): object[] {
  const sent: object[] = []
  const names = new Map<string, string>()
  let results: object[] | undefined
  for (const message of messages) {
    const { role, content, images = [], toolCalls = [], toolCallId = '' } = message
    if (images.length > 0) throw invalid('its messages carry no images; leave them out.')
    if (role === 'tool') {
      // the results of one message's calls go back in one message
      if (!results) sent.push({ role: 'user', toolResultList: { toolResults: (results = []) } })
      results.push({ functionResult: { name: nameOf(toolCallId, names), content } })
      continue
    }
    results = undefined
    for (const { id, name } of toolCalls) names.set(id, name)
    if (content || toolCalls.length === 0) sent.push({ role, text: content })
    if (toolCalls.length > 0)
      sent.push({ role, toolCallList: { toolCalls: toolCalls.map(toCall) } })
  }
  return sent
}

/** The function whose call, the last one with this id, a result is of. */
function nameOf(id: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(id)
  if (name) return name
  throw invalid('the conversation holds the result of a call that is not in it.')
}

function toCall(call: ToolCall): object {
  return { functionCall: { name: call.name, arguments: argumentsOf(call, 'yandexgpt') } }
}

function invalid(problem: string): AssayError {
  return new AssayError(`yandexgpt: ${problem}`, { kind: 'invalid_request', provider: 'yandexgpt' })
}
