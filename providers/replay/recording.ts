import * as v from 'valibot'
import { AssayError } from '../../src/model/error.ts'
import { describeIssues } from '../../src/model/issues.ts'
import type { Message, ToolCall } from '../../src/model/message.ts'
import type { ModelInput } from '../../src/model/model.ts'
import type { Blocked, FinishReason, Usage } from '../../src/model/response.ts'

/** A response as a file holds it, with the input that it was given to. */
export interface Recording {
  readonly input: ModelInput
  readonly text: string
  /** The spec of the model, as `openai/gpt-5-mini`; nothing where the file tells none apart. */
  readonly model?: string | undefined
  /** Which repeat of the input it is, from 0. @default its place among those of the same input */
  readonly trial?: number | undefined
  /** What the model was for. */
  readonly role?: string | undefined
  readonly finishReason?: FinishReason | undefined
  readonly blocked?: Blocked | null | undefined
  readonly toolCalls?: readonly ToolCall[] | undefined
  readonly usage?: Usage | null | undefined
  readonly servedBy?: string | undefined
}

/** A recording, the place it stands at, and all that stands there. */
export interface Located extends Recording {
  /** As in `recorded.jsonl:17`. */
  readonly where: string
  readonly raw: unknown
}

/** An object, whose errors do not show what came in its place: it may be a prompt. */
export function objectOf<Entries extends v.ObjectEntries>(
  entries: Entries,
): v.ObjectSchema<Entries, typeof describeObject> {
  return v.object(entries, describeObject)
}

function describeObject({ received }: v.BaseIssue<unknown>): string {
  return received === 'undefined' ? 'it is missing' : 'expected an object'
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const message: v.GenericSchema<unknown, Message> = v.looseObject({
  role: v.picklist(['system', 'user', 'assistant', 'tool']),
  content: v.string(),
})

const recording: v.GenericSchema<unknown, Recording> = objectOf({
  input: v.union([v.string(), v.array(message)], 'expected a text or a list of messages'),
  text: v.string(),
  model: v.optional(v.string()),
  trial: v.optional(count),
  role: v.optional(v.string()),
  finishReason: v.optional(
    v.picklist(['stop', 'length', 'content_filter', 'tool_calls', 'unknown']),
  ),
  blocked: v.optional(v.nullable(objectOf({ reason: v.string(), source: v.string() }))),
  toolCalls: v.optional(
    v.array(
      objectOf({
        id: v.string(),
        name: v.string(),
        arguments: v.string(),
        signature: v.exactOptional(v.string()),
      }),
    ),
  ),
  usage: v.optional(
    v.nullable(
      objectOf({
        inputTokens: count,
        outputTokens: count,
        cachedInputTokens: v.exactOptional(count),
        cacheWriteTokens: v.exactOptional(count),
        reasoningTokens: v.exactOptional(count),
      }),
    ),
  ),
  servedBy: v.optional(v.string()),
})

/** Reads one recording. @throws AssayError with the place of one that is damaged */
export function parseRecording(raw: unknown, where: string): Located {
  return { ...parse(recording, raw, where), where, raw }
}

/** Checks what a file holds. @throws AssayError with its place */
export function parse<Output>(
  schema: v.GenericSchema<unknown, Output>,
  value: unknown,
  where: string,
): Output {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  throw new AssayError(`${where}: ${describeIssues(result.issues, schema)}.`, {
    kind: 'config',
    provider: 'replay',
  })
}
