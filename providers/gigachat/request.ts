import { AssayError } from '../../src/model/error.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import type { RemoteOptions } from '../shared/remote/options.ts'
import { furtherFields, given } from '../shared/wire/given.ts'
import { toMessages } from './messages.ts'

/** Settings that a request carries. What is not given is not sent. */
type Sampling = Pick<RemoteOptions, 'temperature' | 'topP' | 'maxTokens' | 'body'>

/**
 * The JSON of a request, as https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-chat has it.
 * @throws AssayError for what the API does not have
 */
export function toRequest(
  model: string,
  messages: readonly Message[],
  { body, ...settings }: Sampling,
  call: GenerateOptions,
): object {
  if (call.seed !== undefined) throw invalid('its API takes no `seed`; leave it out.')
  if (call.stop !== undefined) throw invalid('its API takes no `stop`; leave it out.')
  const fields = {
    temperature: call.temperature ?? settings.temperature,
    top_p: call.topP ?? settings.topP,
    max_tokens: call.maxTokens ?? settings.maxTokens,
    functions: call.tools?.map(toFunction),
    function_call: toFunctionCall(call),
    response_format: toResponseFormat(call.json),
  }
  const unlessGiven = call.tools && { function_call: 'auto' } // else the API calls none
  return {
    ...unlessGiven,
    ...furtherFields(body),
    ...given(fields),
    model,
    messages: toMessages(messages),
  }
}

function toFunction({ name, description, parameters }: Tool): object {
  return { name, ...(description && { description }), parameters }
}

/** The API can be told which function to call, and not that it must call any. */
function toFunctionCall({ toolChoice, tools = [] }: GenerateOptions): unknown {
  if (toolChoice !== 'required') return toolChoice
  if (tools.length === 1) return { name: tools[0]!.name }
  throw invalid(
    'of several tools its models cannot be made to call any; give `toolChoice: { name }`.',
  )
}

/** See https://developers.sber.ru/docs/ru/gigachat/guides/structured-output. */
function toResponseFormat(json: GenerateOptions['json']): object | undefined {
  if (json === undefined) return undefined
  if (json !== true) return { type: 'json_schema', schema: json.schema, strict: true }
  throw invalid('its API takes no `json: true`; give a schema: `json: { schema }`.')
}

function invalid(problem: string): AssayError {
  return new AssayError(`gigachat: ${problem}`, { kind: 'invalid_request', provider: 'gigachat' })
}
