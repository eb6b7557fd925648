import { AssayError } from '../../src/model/error.ts'
import type { Message } from '../../src/model/message.ts'
import type { GenerateOptions } from '../../src/model/model.ts'
import { requireTextOnly, type TextMessage } from '../../src/model/text-only.ts'
import type { RestOptions } from './options.ts'
import type { Placeholder, Values } from './placeholders.ts'

interface CallOfModel {
  readonly messages: readonly Message[]
  readonly call: GenerateOptions
  readonly settings: RestOptions
  /** As the server names it. */
  readonly model: string
  readonly stream: boolean
  readonly places: ReadonlySet<Placeholder>
}

/** What a call puts into the request. @throws AssayError for what the request has no place for */
export function valuesOf({ messages, call, settings, model, stream, places }: CallOfModel): Values {
  requirePlaces(call, places)
  const texts = requireTextOnly('rest', messages, call)
  const prompt = texts.findLast(({ role }) => role === 'user')
  const systems = texts.filter(({ role }) => role === 'system')
  const others = texts.filter(
    (text) =>
      !(text === prompt && places.has('prompt')) &&
      !(text.role === 'system' && places.has('system')),
  )
  if (!places.has('messages')) requireNoOthers(others, prompt)
  return {
    prompt: prompt?.content,
    system: systems.length > 0 ? systems.map(({ content }) => content).join('\n\n') : undefined,
    messages: others.length > 0 ? others : undefined,
    model,
    stream,
    temperature: call.temperature ?? settings.temperature,
    topP: call.topP ?? settings.topP,
    maxTokens: call.maxTokens ?? settings.maxTokens,
    stop: call.stop ?? settings.stop,
    seed: call.seed,
  }
}

/** `maxTokens` is none of these: it only saves tokens, as that of `health()`. */
const telling = ['temperature', 'topP', 'stop', 'seed'] as const

function requirePlaces(call: GenerateOptions, places: ReadonlySet<Placeholder>): void {
  const lost = telling.find((name) => call[name] !== undefined && !places.has(name))
  if (lost === undefined) return
  throw invalid(`the call sets \`${lost}\`, and the request has no place for it: {{${lost}}}.`)
}

/** What is not sent would not be missed by anybody, and yet the response is to another question. */
function requireNoOthers(others: readonly TextMessage[], prompt: TextMessage | undefined): void {
  if (!prompt) throw invalid('the conversation has no message of the user.')
  const [lost] = others
  if (!lost) return
  const place = lost.role === 'system' ? '{{system}} or {{messages}}' : '{{messages}}'
  throw invalid(
    `the conversation has a message of the ${lost.role} beside the prompt, and the request no place for it: ` +
      `put ${place} into \`body\`.`,
  )
}

function invalid(problem: string): AssayError {
  return new AssayError(`rest: ${problem}`, { kind: 'invalid_request', provider: 'rest' })
}
