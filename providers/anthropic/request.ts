import { AssayError } from '../../src/model/error.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import type { RemoteOptions } from '../shared/remote/options.ts'
import { furtherFields, given } from '../shared/wire/given.ts'
import { toTurns } from './turns.ts'

/** Settings that a request carries. */
export interface Sampling extends Pick<
  RemoteOptions,
  'temperature' | 'topP' | 'maxTokens' | 'stop' | 'body'
> {
  /** How the model thinks, as in `{ type: 'adaptive' }` or `{ type: 'enabled', budget_tokens: 2048 }`. */
  readonly thinking?: Readonly<Record<string, unknown>> | undefined
  /** How much the model puts into its response, as in 'low' or 'high'. */
  readonly effort?: string | undefined
}

/** The API wants a limit, of all but what the model may think. */
const MAX_TOKENS = 4096

/** The JSON of a request for a message. @throws AssayError for what the API does not have */
export function toRequest(
  model: string,
  messages: readonly Message[],
  { thinking, effort, body = {}, ...settings }: Sampling,
  call: GenerateOptions,
): object {
  if (call.seed !== undefined) throw invalid('its models take no `seed`; leave it out.')
  const fields = {
    max_tokens: call.maxTokens ?? settings.maxTokens,
    temperature: call.temperature ?? settings.temperature,
    top_p: call.topP ?? settings.topP,
    stop_sequences: call.stop ?? settings.stop,
    thinking,
    tools: call.tools?.map(toTool),
    tool_choice: toToolChoice(call.toolChoice),
    output_config: toOutputConfig(body['output_config'], effort, call.json),
    system: toSystem(messages),
  }
  return {
    max_tokens: MAX_TOKENS + Number(thinking?.['budget_tokens'] ?? 0),
    ...furtherFields(body),
    ...given(fields),
    model,
    messages: toTurns(messages),
  }
}

/** The headers of a request: settings of sampling are a part of the earlier version of the API alone. */
export function headersOf(request: object): Record<string, string> {
  const samples = ['temperature', 'top_p', 'top_k'].some((name) => name in request)
  return samples ? { 'anthropic-version': '2023-06-01' } : {}
}

function toTool({ name, description, parameters }: Tool): object {
  return { name, ...(description && { description }), input_schema: parameters }
}

function toToolChoice(choice: GenerateOptions['toolChoice']): object | undefined {
  if (choice === undefined) return undefined
  if (typeof choice === 'object') return { type: 'tool', name: choice.name }
  return { type: choice === 'required' ? 'any' : choice }
}

function toOutputConfig(
  own: unknown,
  effort: string | undefined,
  json: GenerateOptions['json'],
): object | undefined {
  if (json === true) {
    throw invalid('its models take no `json: true`; give a schema: `json: { schema }`.')
  }
  if (!effort && !json) return undefined
  return {
    ...(typeof own === 'object' && own),
    ...(effort && { effort }),
    ...(json && { format: { type: 'json_schema', schema: json.schema } }),
  }
}

function toSystem(messages: readonly Message[]): string | undefined {
  const texts = messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  return texts.length > 0 ? texts.join('\n\n') : undefined
}

function invalid(problem: string): AssayError {
  return new AssayError(`anthropic: ${problem}`, { kind: 'invalid_request', provider: 'anthropic' })
}
