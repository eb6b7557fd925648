import { AssayError } from '../../src/model/error.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import type { RemoteOptions } from '../shared/remote/options.ts'
import { given } from '../shared/wire/given.ts'
import { toMessages } from './messages.ts'

/** Settings that a request carries. What is not given is not sent. */
interface Sampling extends Pick<RemoteOptions, 'temperature' | 'maxTokens' | 'body'> {
  readonly reasoning?: boolean | undefined
}

/**
 * The JSON of a request for a completion.
 *
 * @throws AssayError for what the API does not have
 * @see https://yandex.cloud/en/docs/ai-studio/text-generation/api-ref/TextGeneration/completion
 */
export function toRequest(
  modelUri: string,
  messages: readonly Message[],
  { body = {}, reasoning, ...settings }: Sampling,
  call: GenerateOptions,
  { stream }: { readonly stream?: true } = {},
): object {
  refuseUnknown(call)
  const maxTokens = call.maxTokens ?? settings.maxTokens
  const completionOptions = {
    ...(body['completionOptions'] as object | undefined),
    ...given({
      stream,
      temperature: call.temperature ?? settings.temperature,
      maxTokens: maxTokens?.toString(), // JSON has no integers of 64 bits
      reasoningOptions: toReasoning(reasoning),
    }),
  }
  return {
    ...body,
    ...given({
      completionOptions: Object.keys(completionOptions).length > 0 ? completionOptions : undefined,
      tools: call.tools?.map(toTool),
      toolChoice: toToolChoice(call.toolChoice),
      ...toFormat(call.json),
    }),
    modelUri,
    messages: toMessages(messages),
  }
}

function refuseUnknown(call: GenerateOptions): void {
  const unknown = (['topP', 'stop', 'seed'] as const).find((name) => call[name] !== undefined)
  if (!unknown) return
  throw new AssayError(`yandexgpt: its models take no \`${unknown}\`; leave it out.`, {
    kind: 'invalid_request',
    provider: 'yandexgpt',
  })
}

function toReasoning(reasoning: boolean | undefined): object | undefined {
  return reasoning === undefined ? undefined : { mode: reasoning ? 'ENABLED_HIDDEN' : 'DISABLED' }
}

function toTool({ name, description, parameters }: Tool): object {
  return { function: { name, ...(description && { description }), parameters } }
}

function toToolChoice(choice: GenerateOptions['toolChoice']): object | undefined {
  if (choice === undefined) return undefined
  return typeof choice === 'object' ? { functionName: choice.name } : { mode: choice.toUpperCase() }
}

function toFormat(json: GenerateOptions['json']): Record<string, unknown> {
  if (json === undefined) return {}
  return json === true ? { jsonObject: true } : { jsonSchema: { schema: json.schema } }
}
