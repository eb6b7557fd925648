import '../providers/index.ts'
export { foreach } from '../fixtures/foreach.ts'
export { type AssayFixtures, test } from '../fixtures/test.ts'
export { type ModelFixture, modelFixture } from '../fixtures/model-fixture.ts'
export type { AdaptedModel, AdapterOptions } from '../providers/adapters/adapt.ts'
export { fromHandler } from '../providers/adapters/from-handler.ts'
export { fromModel, type FromModelOptions } from '../providers/adapters/from-model.ts'
export { fromProvider } from '../providers/adapters/from-provider.ts'
export type { AnthropicOptions } from '../providers/anthropic.ts'
export type { CommandOptions } from '../providers/command.ts'
export type { CustomOptions } from '../providers/custom.ts'
export type { GigachatOptions } from '../providers/gigachat.ts'
export type { GoogleOptions } from '../providers/google.ts'
export type { HuggingFaceOptions } from '../providers/huggingface.ts'
export type { LlamaServerOptions } from '../providers/llama-server.ts'
export type { OllamaOptions } from '../providers/ollama.ts'
export type { OpenAIOptions } from '../providers/openai.ts'
export {
  openaiCompatible,
  type OpenAICompatible,
  type OpenAICompatibleOptions,
} from '../providers/openai-compatible.ts'
export type { OpenRouterOptions } from '../providers/openrouter.ts'
export { createProviders, type CreateProvidersOptions } from '../providers/create-providers.ts'
export { pool, type Pool, type PoolOptions } from '../providers/pool.ts'
export {
  createRegistry,
  type Registry,
  type RegistryOptions,
} from '../providers/create-registry.ts'
export type { ReplayOptions } from '../providers/replay.ts'
export type { RestOptions } from '../providers/rest.ts'
export {
  type Script,
  scripted,
  type ScriptedOptions,
  type ScriptedReply,
} from '../providers/scripted.ts'
export { select, type Selection, type SelectOptions } from '../providers/select.ts'
export type { VllmOptions } from '../providers/vllm.ts'
export type { YandexgptOptions } from '../providers/yandexgpt.ts'

export type { AssayConfig } from './config/file/config.ts'
export { loadConfig, type LoadOptions } from './config/file/load.ts'

export type { Dataset, LocatedRow } from './dataset/dataset.ts'
export { jsonl } from './dataset/jsonl.ts'
export type { Rows, RowSource } from './dataset/source.ts'
export type { RowTags } from './dataset/tags.ts'

export type { EvalOptions } from './evaluation/definition.ts'
export { foreachOf } from './evaluation/foreach.ts'
export type { Columns, Declare, Declared, Foreach } from './evaluation/foreach-api.ts'
export type { Bound, Gate, Gates, PassRateBound } from './evaluation/gates.ts'
export type { Measured, ScoreName } from './evaluation/measured.ts'
export type { CallRecord, Outcome, Role, RowRecord, ScoreRecord } from './evaluation/record.ts'
export type { RowContext, RowInfo } from './evaluation/row-context.ts'
export type { EvalSummary } from './evaluation/summary.ts'

export { createModel } from './model/create-model.ts'
export type { Generated, ModelImplementation } from './model/implementation.ts'
export { AssayError, type AssayErrorOptions, type ErrorKind } from './model/error.ts'
export type { Image, Message, Tool, ToolCall } from './model/message.ts'
export type {
  BatchOptions,
  BatchResult,
  GenerateOptions,
  Model,
  ModelChunk,
  ModelHealth,
  ModelInfo,
  ModelInput,
  ModelMetrics,
  ModelStream,
  StreamBatchOptions,
} from './model/model.ts'
export type { Embedded } from './model/embedding.ts'
export type { Quantiles } from './model/quantile.ts'
export type { Budget, Limits } from './model/permit.ts'
export type { Price, PriceTable } from './model/price.ts'
export { Secret } from './model/secret.ts'
export type { Blocked, FinishReason, ModelResponse, Usage } from './model/response.ts'
export type { StandardSchemaV1 } from './model/standard-schema.ts'

export { defineProvider } from './provider/define-provider.ts'
export type { ProviderContext, ProviderDefinition, ProviderRequest } from './provider/definition.ts'
export type { CacheOptions } from './request/cache/options.ts'
export type { Endpoint, RequestSettings } from './request/endpoint.ts'
export type { RunRequestOptions } from './request/options.ts'
export type { ConfiguredModel, ModelChoice, ModelFunction } from './provider/model-choice.ts'
export type { ModelSpec, OptionsOf, ProviderOptions } from './provider/provider-options.ts'
export type { ListedModel, ModelHandle, ModelProvider, SetupPlace } from './provider/provider.ts'
export type { Providers } from './provider/providers.ts'
export type { HealthStatus } from './provider/health/health.ts'
export type { HealthOptions } from './provider/health/options.ts'
export type { Probe, ProbeAnswer } from './provider/health/probe.ts'
export type { HealthState } from './provider/health/state.ts'
export type { BreakerSettings } from './provider/pool/ask-pool.ts'
export type { CheapestOptions } from './provider/selection/cheapest.ts'
export type { FastestOptions } from './provider/selection/fastest.ts'
export type { UcbOptions } from './provider/selection/ucb.ts'
export type { SettledRow } from './model/call.ts'
export type { Registrable, Registration } from './provider/registry/registration.ts'
export type { Pull, RegisteredModel, RegistryHealthChange } from './provider/registry/registry.ts'
export type { Capability, Requirements } from './provider/selection/requirements.ts'
export type { PullResult, Reward } from './provider/selection/reward.ts'
export {
  createStatistics,
  type PullCounts,
  type PullSummary,
  type Statistics,
  type StatisticsOptions,
  type StatisticsRecord,
} from './provider/selection/statistics.ts'
export {
  cheapest,
  fastest,
  type GivenStrategy,
  type NamedStrategy,
  ucb,
} from './provider/selection/strategies.ts'
export type { Candidate, ExpectedCall, Strategy } from './provider/selection/strategy.ts'

export type { Fetch, Middleware } from './request/pipe.ts'
export { exactMatch, type ExactMatchOptions } from './scorer/exact-match.ts'
export { includes, type IncludesOptions } from './scorer/includes.ts'
export { levenshtein, type LevenshteinOptions } from './scorer/levenshtein.ts'
export { matches, type MatchesOptions } from './scorer/matches.ts'
export { numericMatch, type NumericMatchOptions } from './scorer/numeric-match.ts'
export type { Score } from './scorer/score.ts'
