import { AssayError, messageOf } from '../../model/error.ts'
import { isModel, type Model } from '../../model/model.ts'
import type { ModelResponse } from '../../model/response.ts'
import type { ModelHandle } from '../../provider/provider.ts'
import { dollars } from '../../report/cost.ts'
import { withAdvice } from './advice.ts'
import type { CheckResult } from './report.ts'
import type { Room, Subject } from './subject.ts'
import { within } from './within.ts'

/** What a model needs that thinks before it answers: some refuse a request that leaves no room for it. */
const ROOM_TO_THINK = 256

/** Whether the model answers. The start of a local server has its own time. */
export async function callCheck(subject: Subject, room: Room): Promise<CheckResult> {
  let handle: ModelHandle | undefined
  try {
    handle = await subject.setup()
    const { model } = handle
    if (!isModel(model)) {
      return {
        name: 'call',
        status: 'skipped',
        message: 'it is a model of the provider’s own kind',
      }
    }
    return resultOf(await within('The response', room, ask(model), 2))
  } catch (error) {
    const message = AssayError.is(error) ? withAdvice(error, subject, room) : messageOf(error)
    return { name: 'call', status: 'failed', message }
  } finally {
    await handle?.teardown()
  }
}

async function ask(model: Model): Promise<ModelResponse> {
  try {
    return await model.generate('Hi', { maxTokens: 1 })
  } catch (error) {
    if (!AssayError.is(error) || error.kind !== 'invalid_request') throw error
    return model.generate('Hi', { maxTokens: ROOM_TO_THINK })
  }
}

function resultOf({ latencyMs, costUsd, usage, servedBy, blocked }: ModelResponse): CheckResult {
  const tokens = usage ? `${usage.inputTokens} tokens in, ${usage.outputTokens} out` : 'no usage'
  const cost = costUsd === null ? 'cost unknown' : dollars(costUsd)
  const answered = `${servedBy} answered in ${Math.round(latencyMs)} ms: ${tokens}, ${cost}`
  return {
    name: 'call',
    status: blocked ? 'warning' : 'passed',
    message: blocked
      ? `${answered}; but its filter blocked the response (${blocked.source})`
      : answered,
    latencyMs,
    costUsd,
  }
}
