import type { Image, Message, Tool } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import type { RemoteOptions } from '../shared/remote/options.ts'
import { furtherFields, given } from '../shared/wire/given.ts'

/** Settings that a request carries. What is not given is not sent. */
export interface Sampling extends Pick<
  RemoteOptions,
  'temperature' | 'topP' | 'maxTokens' | 'stop' | 'body'
> {
  readonly seed?: number | undefined
  /** The field that carries `maxTokens`. @default 'max_tokens' */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens' | undefined
  /** The field that carries `seed`. @default 'seed' */
  readonly seedField?: 'seed' | 'random_seed' | undefined
  /**
   * Whether a stream is asked for its usage. Some servers refuse to be asked, and tell it all the same.
   * @default true
   */
  readonly streamUsage?: boolean | undefined
  /** How much a model reasons, as in 'low' or 'high', where it does. */
  readonly reasoningEffort?: string | undefined
}

/** The JSON of a chat completion's request. */
export function toRequest(
  model: string,
  messages: readonly Message[],
  { maxTokensField = 'max_tokens', seedField = 'seed', body, ...settings }: Sampling,
  call: GenerateOptions,
): object {
  const fields = {
    temperature: call.temperature ?? settings.temperature,
    top_p: call.topP ?? settings.topP,
    [maxTokensField]: call.maxTokens ?? settings.maxTokens,
    stop: call.stop ?? settings.stop,
    [seedField]: call.seed ?? settings.seed,
    reasoning_effort: settings.reasoningEffort,
    tools: call.tools?.map(toTool),
    tool_choice: toToolChoice(call.toolChoice),
    response_format: toResponseFormat(call.json),
  }
  return { ...furtherFields(body), ...given(fields), model, messages: messages.map(toMessage) }
}

function toMessage({ role, content, images, toolCalls, toolCallId }: Message): object {
  if (role === 'tool') return { role, content, tool_call_id: toolCallId }
  if (toolCalls?.length) {
    const calls = toolCalls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text },
    }))
    return { role, content: content || null, tool_calls: calls }
  }
  if (!images?.length) return { role, content }
  const text = content ? [{ type: 'text', text: content }] : []
  return { role, content: [...text, ...images.map(toImage)] }
}

function toImage(image: Image): object {
  const url =
    'url' in image
      ? image.url
      : `data:${image.mediaType};base64,${Buffer.from(image.data).toString('base64')}`
  return { type: 'image_url', image_url: { url } }
}

function toTool({ name, description, parameters }: Tool): object {
  return { type: 'function', function: { name, ...(description && { description }), parameters } }
}

function toToolChoice(choice: GenerateOptions['toolChoice']): unknown {
  return typeof choice === 'object' ? { type: 'function', function: choice } : choice
}

function toResponseFormat(json: GenerateOptions['json']): object | undefined {
  if (json === undefined) return undefined
  if (json === true) return { type: 'json_object' }
  const { schema, name = 'response' } = json
  return { type: 'json_schema', json_schema: { name, schema, strict: true } }
}
