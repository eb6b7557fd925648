import { AssayError } from '../../src/model/error.ts'
import type { Message } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import { requireTextOnly } from '../../src/model/text-only.ts'
import { isRecord } from '../../src/request/is-record.ts'
import type { RemoteOptions } from '../shared/remote/options.ts'
import { given } from '../shared/wire/given.ts'

/** Settings that a request carries. What is not given is not sent. */
export interface Sampling extends Pick<
  RemoteOptions,
  'temperature' | 'topP' | 'maxTokens' | 'stop' | 'body'
> {
  readonly seed?: number | undefined
}

/** The JSON of a request to continue a text. */
export function toRequest(
  messages: readonly Message[],
  { body, ...settings }: Sampling,
  call: GenerateOptions,
): object {
  const fields = {
    ...toSampling(call.temperature ?? settings.temperature),
    top_p: call.topP ?? settings.topP,
    max_new_tokens: call.maxTokens ?? settings.maxTokens,
    stop: call.stop ?? settings.stop,
    seed: call.seed ?? settings.seed,
    grammar: toGrammar(call.json),
    details: true, // without them nothing says why it ended
  }
  const own = body?.['parameters']
  const parameters = { ...(isRecord(own) && own), ...given(fields) }
  return { ...body, inputs: toText(messages, call), parameters }
}

/** The server takes no temperature of 0: it is what happens without sampling. */
function toSampling(temperature: number | undefined): object {
  return temperature === 0 ? { do_sample: false } : { temperature }
}

function toGrammar(json: GenerateOptions['json']): object | undefined {
  if (json === undefined) return undefined
  return { type: 'json', value: json === true ? { type: 'object' } : json.schema }
}

function toText(messages: readonly Message[], { tools }: GenerateOptions): string {
  const [message, ...others] = requireTextOnly('huggingface', messages, { ...(tools && { tools }) })
  if (message?.role === 'user' && others.length === 0) return message.content
  throw new AssayError(
    'huggingface: the task text-generation continues one text, and got a conversation; leave `task` out for that.',
    { kind: 'invalid_request', provider: 'huggingface' },
  )
}
