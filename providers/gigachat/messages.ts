import { AssayError } from '../../src/model/error.ts'
import type { Message, ToolCall } from '../../src/model/message.ts'
import { argumentsOf, jsonObject } from '../shared/wire/call-arguments.ts'

/**
 * A conversation as the API takes it: one system message, which is the first, and no more than one call of a
 * function in a message. @throws AssayError for what it cannot carry
 */
export function toMessages(messages: readonly Message[]): object[] {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  const called = new Map<string, string>()
  return [
    ...(system.length > 0 ? [{ role: 'system', content: system.join('\n\n') }] : []),
    ...messages
      .filter(({ role }) => role !== 'system')
      .map((message) => toMessage(message, called)),
  ]
}

/** `called` are the names of the functions that were called so far, by the ids of the calls. */
function toMessage(message: Message, called: Map<string, string>): object {
  const { role, content, images = [], toolCalls = [] } = message
  if (images.length > 0) throw invalid('its API takes images only as files that were uploaded.')
  if (role === 'tool') return toResult(message, called)
  const [call] = toolCalls
  if (!call) return { role, content }
  if (toolCalls.length > 1) {
    throw invalid(`a message can hold one call of a tool, and not ${toolCalls.length}.`)
  }
  called.set(call.id, call.name)
  return { role, content, ...toFunctionCall(call) }
}

function toFunctionCall(call: ToolCall): object {
  const { name, signature } = call
  return {
    function_call: { name, arguments: argumentsOf(call, 'gigachat') },
    ...(isStateId(signature) && { functions_state_id: signature }),
  }
}

/** The API wants an object as the result of a function, and the name of the function in place of an id. */
function toResult(
  { content, toolCallId = '' }: Message,
  called: ReadonlyMap<string, string>,
): object {
  const name = called.get(toolCallId)
  if (name === undefined) {
    throw invalid('the conversation holds the result of a tool that was not called before.')
  }
  return {
    role: 'function',
    name,
    content: jsonObject(content) ? content : JSON.stringify({ result: content }),
  }
}

/** Calls of other providers' models may carry something else. */
function isStateId(signature = ''): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(signature)
}

function invalid(problem: string): AssayError {
  return new AssayError(`gigachat: ${problem}`, { kind: 'invalid_request', provider: 'gigachat' })
}
