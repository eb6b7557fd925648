import type { Check } from '../check.ts'
import type { Replies } from '../reply.ts'
import { abort } from './abort.ts'
import { batch } from './batch.ts'
import { brokenStream, errorWithinStream } from './broken-stream.ts'
import { blocked, generate, noUsage } from './generate.ts'
import { key } from './key.ts'
import { listModels } from './list-models.ts'
import { errorWithin200, invalidRequest, malformed } from './refusals.ts'
import { network, rateLimited, serverError } from './retries.ts'
import { stream } from './stream.ts'
import { streamBatch } from './stream-batch.ts'
import { teardown } from './teardown.ts'

interface Has {
  readonly replies: Replies
  readonly listModels: boolean
}

/** What a provider must do that sends requests, as far as its API has the replies for it. */
export function httpChecks({ replies, listModels: lists }: Has): readonly Check[] {
  const hasStream = replies.stream !== false
  return [
    generate,
    stream,
    ...(hasStream ? [brokenStream] : []),
    ...(hasStream && replies.errorWithinStream ? [errorWithinStream] : []),
    batch,
    streamBatch,
    ...(replies.blocked ? [blocked] : []),
    ...(replies.noUsage ? [noUsage] : []),
    invalidRequest,
    rateLimited,
    serverError,
    network,
    ...(replies.errorWithin200 ? [errorWithin200] : []),
    malformed,
    abort,
    key,
    ...(lists ? [listModels] : []),
    teardown,
  ]
}
