import * as v from 'valibot'
import {
  hostOptions,
  type HostOptions,
  remoteOptions,
  type RemoteOptions,
  type Schemas,
} from '../shared/remote/options.ts'
import type { Sampling } from './request.ts'

/** Options of a set-up that concern the model. What is not given is not sent: the server's own defaults hold. */
export interface ChatOptions extends RemoteOptions, Sampling {}

/** Options of a set-up. A setting that is not given is not sent: the server's own defaults hold. */
export interface OpenAICompatibleOptions extends ChatOptions, HostOptions {
  /** Refuses a model that the server does not list, before anything is asked of it. @default false */
  readonly strictModels?: boolean | undefined
}

/** The fields of ChatOptions, for a schema to take in. */
export const chatOptions: Schemas<ChatOptions> = {
  ...remoteOptions,
  seed: v.optional(v.pipe(v.number(), v.integer())),
  maxTokensField: v.optional(v.picklist(['max_tokens', 'max_completion_tokens'])),
  seedField: v.optional(v.picklist(['seed', 'random_seed'])),
  streamUsage: v.optional(v.boolean()),
  reasoningEffort: v.optional(v.pipe(v.string(), v.nonEmpty())),
}

/** The fields of OpenAICompatibleOptions, for a schema to take in. */
export const openaiCompatibleOptions: Schemas<OpenAICompatibleOptions> = {
  ...chatOptions,
  ...hostOptions,
  strictModels: v.optional(v.boolean()),
}
