import type { Blocked, FinishReason, ModelResponse } from '../../src/model/response.ts'
import { given } from '../shared/wire/given.ts'
import type { ResponsePaths } from './options.ts'
import { find } from './path.ts'

/** What a response, or a part of one, says beside its text. */
export interface Facts {
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
  /** A word, or that it ended. */
  readonly finish?: string | true | undefined
  readonly servedBy?: string | undefined
  readonly blocked?: Blocked | undefined
}

/** Reads them; what only describes the response may be missing or odd. */
export function factsIn(json: unknown, paths: ResponsePaths): Facts {
  const first = (path: string | undefined, isOf: (value: unknown) => boolean) =>
    path === undefined ? undefined : find(path, json).values.find(isOf)
  return {
    inputTokens: first(paths.usage?.inputTokens, isCount) as number | undefined,
    outputTokens: first(paths.usage?.outputTokens, isCount) as number | undefined,
    finish: first(paths.finishReason, isEnd) as string | true | undefined,
    servedBy: first(paths.servedBy, isWord) as string | undefined,
    blocked: blockedIn(json, paths),
  }
}

/** Puts what a later part says over what earlier ones said. */
export function mergeFacts(earlier: Facts, later: Facts): Facts {
  return { ...earlier, ...given(later) }
}

/** The response of what it says, but for its text. A usage is whole or none. */
export function complete(facts: Facts, paths: ResponsePaths): Partial<ModelResponse> {
  const { inputTokens, outputTokens, servedBy } = facts
  const isWhole = inputTokens !== undefined && outputTokens !== undefined
  return {
    usage: isWhole ? { inputTokens, outputTokens } : null,
    ...(servedBy !== undefined && { servedBy }),
    ...toEnding(facts, paths),
  }
}

function toEnding(
  { finish, blocked }: Facts,
  { finishReason: path }: ResponsePaths,
): Pick<ModelResponse, 'finishReason' | 'blocked'> {
  if (blocked) return { finishReason: 'content_filter', blocked }
  if (path === undefined || finish === true) return { finishReason: 'stop', blocked: null }
  const finishReason = finishReasons.get(finish?.toLowerCase() ?? '') ?? 'unknown'
  const isFiltered = finishReason === 'content_filter'
  return { finishReason, blocked: isFiltered ? { reason: finish!, source: path } : null }
}

/** The words of the usual APIs, in lower case. */
const finishReasons = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['stop_sequence', 'stop'],
  ['end_turn', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['complete', 'stop'],
  ['completed', 'stop'],
  ['done', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['max_length', 'length'],
  ['content_filter', 'content_filter'],
  ['safety', 'content_filter'],
  ['refusal', 'content_filter'],
  ['tool_calls', 'tool_calls'],
  ['tool_call', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['function_call', 'tool_calls'],
])

function blockedIn(json: unknown, { blocked }: ResponsePaths): Blocked | undefined {
  if (!blocked || !find(blocked.path, json).values.includes(blocked.equals)) return undefined
  const { path, equals } = blocked
  return { reason: typeof equals === 'string' ? equals : `${path} is ${equals}`, source: path }
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isEnd(value: unknown): boolean {
  return value === true || isWord(value)
}
