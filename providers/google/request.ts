import type { Message, Tool } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import { isRecord } from '../../src/request/is-record.ts'
import type { RemoteOptions } from '../shared/remote/options.ts'
import { given } from '../shared/wire/given.ts'
import { toContents } from './contents.ts'

/** Settings that a request carries. What is not given is not sent. */
export interface Sampling extends Pick<
  RemoteOptions,
  'temperature' | 'topP' | 'maxTokens' | 'stop' | 'body'
> {
  readonly seed?: number | undefined
  /** How the model thinks, in the words of the API's `thinkingConfig`. */
  readonly thinking?: Thinking | undefined
  /** What the API's filters let through, for each category of harm. @default the API's own */
  readonly safetySettings?: readonly SafetySetting[] | undefined
}

/** The thoughts themselves are never a part of a response's text; `raw` has them. */
export interface Thinking {
  /** For models from Gemini 3 on, as in 'low' or 'high'. */
  readonly thinkingLevel?: string | undefined
  /** Tokens for thoughts, for models before Gemini 3: 0 is none, -1 as many as the model likes. */
  readonly thinkingBudget?: number | undefined
  readonly includeThoughts?: boolean | undefined
  readonly [field: string]: unknown
}

interface SafetySetting {
  /** As in 'HARM_CATEGORY_DANGEROUS_CONTENT'. */
  readonly category: string
  /** From where on the filter blocks, as in 'BLOCK_ONLY_HIGH' or 'OFF'. */
  readonly threshold: string
}

/** The JSON of a request for a response. https://ai.google.dev/api/generate-content */
export function toRequest(
  messages: readonly Message[],
  { thinking, safetySettings, body = {}, ...settings }: Sampling,
  call: GenerateOptions,
): object {
  const generationConfig = {
    ...(isRecord(body['generationConfig']) && body['generationConfig']),
    ...given({
      temperature: call.temperature ?? settings.temperature,
      topP: call.topP ?? settings.topP,
      maxOutputTokens: call.maxTokens ?? settings.maxTokens,
      stopSequences: call.stop ?? settings.stop,
      seed: call.seed ?? settings.seed,
      thinkingConfig: thinking,
      ...toResponseFormat(call.json),
    }),
  }
  return {
    ...body,
    ...given({
      systemInstruction: toSystemInstruction(messages),
      tools: toTools(call.tools),
      toolConfig: toToolConfig(call.toolChoice),
      safetySettings,
      generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : undefined,
    }),
    contents: toContents(messages),
  }
}

function toSystemInstruction(messages: readonly Message[]): object | undefined {
  const parts = messages
    .filter(({ role }) => role === 'system')
    .map(({ content: text }) => ({ text }))
  return parts.length > 0 ? { parts } : undefined
}

function toTools(tools: readonly Tool[] = []): object[] | undefined {
  if (tools.length === 0) return undefined
  const functionDeclarations = tools.map(({ name, description, parameters }) => ({
    name,
    ...(description && { description }),
    parametersJsonSchema: parameters,
  }))
  return [{ functionDeclarations }]
}

function toToolConfig(choice: GenerateOptions['toolChoice']): object | undefined {
  if (choice === undefined) return undefined
  if (typeof choice === 'object') {
    return { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [choice.name] } }
  }
  return { functionCallingConfig: { mode: choice === 'required' ? 'ANY' : choice.toUpperCase() } }
}

function toResponseFormat(json: GenerateOptions['json']): object {
  if (json === undefined) return {}
  return {
    responseMimeType: 'application/json',
    ...(json !== true && { responseJsonSchema: json.schema }),
  }
}
