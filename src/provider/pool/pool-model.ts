import { createModel } from '../../model/create-model.ts'
import { toAssayError } from '../../model/error.ts'
import type { Model, ModelChunk } from '../../model/model.ts'
import type { ModelResponse } from '../../model/response.ts'
import { behind, failureOf, type Front, responseOf, streamBehind } from '../members/behind.ts'
import { outcomeOfResponse, resultOfKind } from '../health/result.ts'
import type { CheckResult } from '../health/state.ts'
import { type Asked, createAsking, type PoolOptions } from './ask-pool.ts'

export interface PoolModelOptions extends PoolOptions {
  /** The member whose answers alone count as those of the pool. @default those of all */
  readonly primary?: string | undefined
  /** Is told once when another one answers in its place. */
  readonly notice?: (line: string) => void
}

/** A model of which each call is answered by one of several. */
export function createPoolModel(options: PoolModelOptions): Model {
  const { provider, name, members, primary, notice } = options
  const front: Front = { provider, name }
  const asking = createAsking(options)
  let hasNoticed = false

  function own(response: ModelResponse, asked: Omit<Asked<unknown>, 'value'>): ModelResponse {
    const { servedBy, member } = asked
    const isFallback = primary !== undefined && member.name !== primary
    if (isFallback && !hasNoticed) {
      hasNoticed = true
      notice?.(
        `${servedBy} answers in the place of ${primary}, and its rows are not counted (countFallbacks).`,
      )
    }
    return {
      ...responseOf(response, front, servedBy),
      waitedMs: response.waitedMs + asked.waitedMs,
      attempts: response.attempts + asked.attempts,
      ...(isFallback && { fallbackFor: primary }),
    }
  }

  return createModel({
    ...front,
    ...(members.every(({ isLocal }) => isLocal) && { price: 'free' }),
    async generate(messages, given) {
      const asked = await asking.ask(async (model, passed) => {
        const value = await behind(front, () => model.generate(messages, passed))
        return { value, result: outcomeOfResponse(value).result }
      }, given)
      return own(asked.value, asked)
    },
    async *stream(messages, given) {
      const { value, ...asked } = await asking.ask(async (model, passed) => {
        const steps: AsyncIterator<ModelChunk, ModelResponse> = streamBehind(
          front,
          model.stream(messages, passed),
        )
        return { value: { steps, first: await steps.next() }, result: 'later' }
      }, given)
      const { steps, first } = value
      let result: CheckResult = 'unknown' // a stream that is left says nothing of the member
      try {
        let step = first
        for (; !step.done; step = await steps.next()) yield step.value
        ;({ result } = outcomeOfResponse(step.value))
        return own(step.value, asked)
      } catch (error) {
        const failure = failureOf(error, asked.servedBy)
        result = resultOfKind[failure.kind]
        throw failure
      } finally {
        asked.leave(result)
        await steps.return?.()
      }
    },
    async health() {
      const states = members.map(({ name: member, health }) => ({ member, ...health.status() }))
      if (states.some(({ state }) => state !== 'unhealthy')) return
      const issues = states.map(({ member, issues: all }) => `${member} (${all.join('; ')})`)
      throw toAssayError(`All models are unhealthy: ${issues.join(', ')}.`, 'server', provider)
    },
  })
}
