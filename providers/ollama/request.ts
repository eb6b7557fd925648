import { AssayError } from '../../src/model/error.ts'
import type { Message, Tool } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import type { RemoteOptions } from '../shared/remote/options.ts'
import { given } from '../shared/wire/given.ts'
import { toMessages } from './messages.ts'

/** Settings that a request carries. What is not given is not sent. */
export interface Sampling extends Pick<
  RemoteOptions,
  'temperature' | 'topP' | 'maxTokens' | 'stop' | 'body'
> {
  readonly seed?: number | undefined
  /** Tokens of prompt and response together. @default Ollama's choice */
  readonly context?: number | undefined
  /** Whether the model thinks, or how much, as in 'low' or 'high'. @default the model's choice */
  readonly think?: boolean | string | undefined
  /**
   * How long the model stays loaded after a request: as in '10m', or in seconds; for good where it is below 0.
   * @default Ollama's choice, 5 minutes
   */
  readonly keepAlive?: string | number | undefined
}

/** Else the beginning of a long prompt is dropped, and nobody is told: before the response, or (`shift`) during it. */
const whole = { truncate: false }

/**
 * The JSON of a request to `/api/chat`, as https://docs.ollama.com/api/chat describes it. `options` of `body` are
 * merged with ours. @throws AssayError for what the API does not have
 */
export function toRequest(
  model: string,
  messages: readonly Message[],
  { body = {}, ...settings }: Sampling,
  call: GenerateOptions,
): object {
  return {
    ...whole,
    shift: false,
    ...body,
    ...given({
      think: settings.think,
      keep_alive: settings.keepAlive,
      tools: toTools(call),
      format: call.json === true ? 'json' : call.json?.schema,
      options: toOptions(body['options'], {
        temperature: call.temperature ?? settings.temperature,
        top_p: call.topP ?? settings.topP,
        num_predict: call.maxTokens ?? settings.maxTokens,
        stop: call.stop ?? settings.stop,
        seed: call.seed ?? settings.seed,
        num_ctx: settings.context,
      }),
    }),
    model,
    messages: toMessages(messages),
  }
}

/**
 * The JSON of a request to `/api/embed`, as https://docs.ollama.com/api/embed describes it: a model that is loaded is
 * only used where its context is the same.
 */
export function toEmbedRequest(
  model: string,
  input: readonly string[],
  { context, keepAlive, body = {} }: Sampling,
): object {
  const options = toOptions(body['options'], { num_ctx: context })
  return { ...whole, ...body, ...given({ keep_alive: keepAlive, options }), model, input }
}

function toTools({ tools, toolChoice = 'auto' }: GenerateOptions): object[] | undefined {
  if (toolChoice === 'none') return undefined // what a model is not told of it cannot call
  if (toolChoice === 'auto') return tools?.map(toTool)
  throw new AssayError(
    "ollama: its API cannot make a model call a tool: `toolChoice` is 'auto' or 'none'.",
    { kind: 'invalid_request', provider: 'ollama' },
  )
}

function toTool({ name, description, parameters }: Tool): object {
  return { type: 'function', function: { name, ...(description && { description }), parameters } }
}

function toOptions(further: unknown, options: object): object | undefined {
  const all = { ...(typeof further === 'object' && further), ...given(options) }
  return Object.keys(all).length > 0 ? all : undefined
}
