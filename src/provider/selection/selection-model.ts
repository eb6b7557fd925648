import { createModel } from '../../model/create-model.ts'
import type { Message } from '../../model/message.ts'
import type { GenerateOptions, Model } from '../../model/model.ts'
import { untilAborted } from '../../model/until-aborted.ts'
import { behind, failureOf, type Front, responseOf } from '../behind.ts'
import { createPulls, type PullsOptions } from './pulls.ts'
import type { Expected } from './strategy.ts'

export interface SelectionOptions extends PullsOptions, Front {}

/** A model of which each call, or each row, is answered by the member that is selected for it. */
export function createSelectionModel(options: SelectionOptions): Model {
  const { provider, name, selector, required } = options
  const front: Front = { provider, name }
  const pulls = createPulls(options)
  return createModel({
    ...front,
    async generate(messages, given) {
      const pull = pulls.take(expected(messages, given))
      try {
        const model = await untilAborted(pull.member.setup(), given.signal, provider)
        const response = await behind(front, () => model.generate(messages, given))
        pull.answered(response)
        return responseOf(response, front, pull.member.name)
      } catch (error) {
        throw pull.failed(failureOf(error, pull.member.name))
      }
    },
    async *stream(messages, given) {
      const pull = pulls.take(expected(messages, given))
      let isOver = false
      try {
        const model = await untilAborted(pull.member.setup(), given.signal, provider)
        const stream = model.stream(messages, given)
        const chunks = stream[Symbol.asyncIterator]()
        try {
          for (;;) {
            const step = await behind(front, () => chunks.next())
            if (step.done) break
            yield step.value
          }
        } finally {
          await chunks.return?.()
        }
        const response = await stream.response
        isOver = true
        pull.answered(response)
        return responseOf(response, front, pull.member.name)
      } catch (error) {
        isOver = true
        throw pull.failed(failureOf(error, pull.member.name))
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

function expected(messages: readonly Message[], { maxTokens }: GenerateOptions): Expected {
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0)
  return { inputTokens: Math.ceil(characters / CHARACTERS), outputTokens: maxTokens }
}
