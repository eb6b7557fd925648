import type { Leases } from '../model/lease.ts'
import type { PriceTable } from '../model/price.ts'
import type { Secret } from '../model/secret.ts'
import type { StandardSchemaV1 } from '../model/standard-schema.ts'
import type { Endpoint } from '../request/endpoint.ts'
import type { Fetch } from '../request/pipe.ts'
import type { Seam } from '../request/seam.ts'
import type { Lease } from './leasing.ts'
import type { ModelChoice } from './model-choice.ts'
import type { ProjectModels } from './options/model-settings.ts'
import type { ModelRole } from './options/settle.ts'
import type { FindModel, OtherModel } from './members/other-model.ts'
import type { Pricing } from './pricing.ts'
import type { ListedModel } from './provider.ts'

/**
 * Sends requests as `fetch` does, within the provider's limits, again where that helps, and with a deadline.
 * What the server refuses is an AssayError and no response.
 */
export interface ProviderRequest extends Fetch {
  /** The same for one server: with keys, the model whose permits count, and what its errors mean. */
  with(endpoint: Omit<Endpoint, 'provider'>): Fetch
}

/** What the surroundings lend to a provider while it sets a model up. */
export interface ProviderContext {
  /**
   * The one seam of requests: limits, retries, keys, deadlines, cache. All set-ups of a provider in its surroundings
   * get the same.
   */
  readonly request: ProviderRequest
  /**
   * Starts a local server, or shares one that runs. It is let go of after `teardown`, or when the set-up fails.
   */
  readonly lease: Lease
  /** The provider's keys: those given in code, else `NAME_API_KEY`, `NAME_API_KEY_1`, … of the environment. */
  readonly keys: readonly Secret[]
  /** Finds what a model costs. */
  readonly pricing: Pricing
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths start from. */
  readonly baseDir: string
  /** What people call the place that an option comes from; nothing where it is not given. */
  readonly sourceOf: (option: string) => string | undefined
  /** Finds a model of another provider, for one that stands before several. */
  readonly otherModel: (choice: ModelChoice) => OtherModel
  /** Specs of the models that the project lists. */
  readonly listed: readonly string[]
  /** What the model is for. */
  readonly role: ModelRole
  /** Tells a person something. */
  readonly notice: (line: string) => void
  /** Aborts when the provider is torn down before the set-up is done, or when nobody waits for a list any more. */
  readonly signal: AbortSignal
}

export interface ProviderDefinition<M, Options extends object> {
  /** The word before the first `/` of a spec. */
  readonly name: string
  /** Other names, as in a spec or at the beginning of its variables. */
  readonly aliases?: readonly string[] | undefined
  /** Variables that hold a key where none of `NAME_API_KEY`, … does, as HF_TOKEN. */
  readonly keyVariables?: readonly string[] | undefined
  /** A package that is imported when the provider is first used, and that people install by themselves. */
  readonly peer?: string | undefined
  /** Checks the options of `setup`. @default no options */
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  readonly options?: StandardSchemaV1<any, Options>
  /**
   * What else configuration files may call the options, as `{ n_ctx: 'contextSize' }`. An option's own name with
   * underscores (`context_size`) is understood by itself.
   */
  readonly optionAliases?: Readonly<Record<string, string>> | undefined
  /** Whether its models run on this machine and cost nothing. @default false */
  readonly isLocal?: boolean | undefined
  /** Whether models for different roles are different models. @default false */
  readonly perRole?: boolean | undefined
  /** Whether tests that run at the same time, and rows that set models up themselves, get models of their own. @default false */
  readonly perHolder?: boolean | undefined
  /** Whether equal set-ups share one resource. @default true */
  readonly shared?: boolean
  setup(modelName: string, options: Options, context: ProviderContext): Promise<M> | M
  /**
   * What tells models apart where their name is not enough: the absolute path of a file. The options are not checked
   * yet.
   */
  identify?(modelName: string, baseDir: string, options: Readonly<Record<string, unknown>>): string
  /** Frees what `setup` took. */
  teardown?(model: M): Promise<void> | void
  listModels?(options: Options, context: ProviderContext): Promise<readonly ListedModel[]>
}

/** The surroundings of a provider; the rest of its context is made per set-up. */
export interface ProviderSurroundings extends Pick<ProviderContext, 'env' | 'baseDir' | 'notice'> {
  readonly seam: Seam
  /** Who lends local servers. */
  readonly leases: Leases
  /** Keys given in code, by the provider's name. */
  readonly keys: Readonly<Record<string, readonly (string | Secret)[]>>
  /** The user's own prices, by spec. */
  readonly prices: PriceTable
  /** What the project says of models, beside the environment. */
  readonly models: ProjectModels
  /** Finds the providers that are there. */
  readonly find: FindModel
}
