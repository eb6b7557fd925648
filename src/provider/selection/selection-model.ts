import { createModel } from '../../model/create-model.ts'
import type { Message } from '../../model/message.ts'
import type { GenerateOptions, Model } from '../../model/model.ts'
import { untilAborted } from '../../model/until-aborted.ts'
import {
  askedIn,
  behind,
  failureOf,
  type Front,
  responseOf,
  streamBehind,
} from '../members/behind.ts'
import { createPulls, type PullsOptions } from './pulls.ts'
import type { ExpectedCall } from './strategy.ts'

export interface SelectionOptions extends PullsOptions, Front {
  /** Whether none of the models behind it costs anything. @default false */
  readonly isFree?: boolean
}

/** A model of which each call, or each row, is answered by the member that is selected for it. */
export function createSelectionModel(options: SelectionOptions): Model {
  const { provider, name, selector, required, isFree = false } = options
  const front: Front = { provider, name }
  const pulls = createPulls(options)
  return createModel({
    ...front,
    ...(isFree && { price: 'free' }),
    async generate(messages, given) {
      const pull = pulls.take(expected(messages, given))
      const asked = askedIn(given, pull.member.name)
      try {
        const model = await untilAborted(pull.member.setup(), given.signal, provider)
        const response = await behind(front, () => model.generate(messages, asked.options))
        pull.answered(response)
        return responseOf(response, front, asked.servedBy)
      } catch (error) {
        throw pull.failed(failureOf(error, asked.servedBy))
      }
    },
    async *stream(messages, given) {
      const pull = pulls.take(expected(messages, given))
      const asked = askedIn(given, pull.member.name)
      let isOver = false
      try {
        const model = await untilAborted(pull.member.setup(), given.signal, provider)
        const response = yield* streamBehind(front, model.stream(messages, asked.options))
        isOver = true
        pull.answered(response)
        return responseOf(response, front, asked.servedBy)
      } catch (error) {
        isOver = true
        throw pull.failed(failureOf(error, asked.servedBy))
      } finally {
        if (!isOver) pull.left()
      }
    },
    async health() {
      selector.take(required).cancel()
    },
  })
}

/** Characters of a token, about. */
const CHARACTERS = 4

function expected(messages: readonly Message[], { maxTokens }: GenerateOptions): ExpectedCall {
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0)
  return { inputTokens: Math.ceil(characters / CHARACTERS), outputTokens: maxTokens }
}
