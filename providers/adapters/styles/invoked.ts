import type { Generated } from '../../../src/model/implementation.ts'
import type { Blocked, FinishReason } from '../../../src/model/response.ts'
import { isRecord } from '../../../src/request/is-record.ts'
import { failureSaid } from '../failure.ts'
import { type Fields, fieldsOf, wrongAnswer } from '../fields.ts'
import { methodOf } from '../methods.ts'
import { inputOf, settingsOf } from '../prompt.ts'
import type { Subject } from '../subject.ts'
import { contentOf } from './content.ts'
import { errorText, type Style } from './style.ts'

/**
 * Models of red teams: `ainvoke(input)` or `invoke(input)` returns `{ content, response_metadata: { model_name,
 * finish_reason } }`, or the same fields flat. Their batches are not asked: ours settle each input.
 */
export const invokedStyle: Style = (object, { subject, life, parameters }) => {
  const invoke = methodOf(object, 'ainvoke') ?? methodOf(object, 'invoke')
  if (!invoke) return undefined
  const isBlocked = methodOf(object, 'is_answer_blocked')

  /** The signal of the model's own author. */
  async function ownBlock(answer: unknown, signal: AbortSignal): Promise<Blocked | null> {
    if (!isBlocked) return null
    const said = await life.ask(signal, () => isBlocked.call(answer))
    if (said === false) return null
    if (said === true) return { reason: 'blocked', source: isBlocked.name }
    throw wrongAnswer(isBlocked, subject, { expected: 'true or false', got: said })
  }

  return {
    async generate(messages, options) {
      const input = inputOf(messages, options, subject)
      const signal = life.signalFor(options.signal)
      const call = { ...parameters, ...settingsOf(invoke, options), signal }
      const raw = await life.ask(signal, () => invoke.call(input, call))
      const answer = fieldsOf(raw, invoke, subject)
      requireNoError(answer, subject)
      const content = contentOf(answer, invoke, subject)
      const { filter, ...ending } = endingOf(answer)
      const blocked = filter ?? (await ownBlock(raw, signal))
      // a filter may have held the text back
      const text = content ?? (blocked ? '' : answer.require('content', 'string'))
      return { text, ...ending, raw, blocked }
    },
  }
}

/** What filters call themselves as a reason to end; `blacklist` is GigaChat's. */
const filters = new Set(['content_filter', 'blacklist'])

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  content_filter: 'content_filter',
  blacklist: 'content_filter',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
}

interface Ending extends Pick<Generated, 'servedBy' | 'finishReason'> {
  readonly filter: Blocked | null
}

/** Who answered, and how the answer ended. */
function endingOf(answer: Fields): Ending {
  const metadata = answer.within('response_metadata')
  const ends = [
    {
      source: 'response_metadata.finish_reason',
      reason: metadata.optional('finish_reason', 'string'),
    },
    { source: 'finish_reason', reason: answer.optional('finish_reason', 'string') },
  ]
  const filtered = ends.find(({ reason = '' }) => filters.has(reason))
  const end = (filtered ?? ends.find(({ reason }) => reason !== undefined))?.reason
  const servedBy = metadata.optional('model_name', 'string') ?? answer.optional('model', 'string')
  return {
    ...(servedBy !== undefined && { servedBy }),
    ...(end !== undefined && { finishReason: finishReasons[end] ?? 'unknown' }),
    filter: filtered ? { reason: filtered.reason!, source: filtered.source } : null,
  }
}

/** Some never throw: they return an empty text with what went wrong. */
function requireNoError({ all }: Fields, subject: Subject): void {
  const { error, error_type: type, status } = all
  if (!error) return
  const { type: innerType, code } = isRecord(error) ? error : {}
  throw failureSaid({ text: errorText(error), words: [code, type, innerType], status }, subject)
}
