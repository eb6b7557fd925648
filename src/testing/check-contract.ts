import * as v from 'valibot'
import { AssayError } from '../model/error.ts'
import { bindProvider } from '../provider/define-provider.ts'
import type { ModelProvider } from '../provider/provider.ts'
import type { ProviderContract, ProviderReplies } from './contract.ts'
import { eventsOf, quoted, type Replies, toReplies } from './reply.ts'

/** A contract with its defaults. */
export interface Contract extends ProviderContract {
  readonly shared: boolean
  readonly timeout: number
}

export interface CheckedContract {
  readonly contract: Contract
  readonly replies: Replies | undefined
}

const responseFields = {
  usage: v.optional(v.nullable(v.record(v.string(), v.number()))),
  finishReason: v.optional(v.string()),
  toolCalls: v.optional(v.array(v.unknown())),
  servedBy: v.optional(v.string()),
  costUsd: v.optional(v.nullable(v.number())),
}
const reply = {
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  headers: v.optional(v.record(v.string(), v.string())),
  body: v.optional(v.unknown()),
}
const text = v.string()
const plain = v.strictObject(reply)
const response = v.strictObject({
  ...reply,
  expect: v.strictObject({ text: v.pipe(text, v.nonEmpty()), ...responseFields }),
})
const blocked = v.strictObject({
  ...reply,
  expect: v.optional(v.strictObject({ reason: v.optional(text), source: v.optional(text) })),
})
const failure = v.strictObject({ ...reply, expect: v.strictObject({ kind: text }) })
const orNone = (schema: v.GenericSchema) =>
  v.lazy((value) => (value === false ? v.literal(false) : schema))

const replySchemas: Readonly<Record<keyof ProviderReplies, v.GenericSchema>> = {
  answer: response,
  stream: orNone(response),
  blocked: orNone(blocked),
  noUsage: orNone(plain),
  rateLimited: plain,
  serverError: plain,
  invalidRequest: plain,
  errorWithin200: orNone(failure),
  errorWithinStream: orNone(failure),
  malformed: plain,
}

const forServer = v.optional(v.union([v.function(), v.record(v.string(), v.unknown())]))
const contractSchemas: Readonly<Record<keyof ProviderContract, v.GenericSchema>> = {
  model: v.pipe(text, v.nonEmpty()),
  options: forServer,
  env: forServer,
  replies: v.optional(v.record(v.string(), v.unknown())),
  other: v.optional(v.function()),
  shared: v.optional(v.boolean()),
  timeout: v.optional(v.pipe(v.number(), v.minValue(1))),
}

/** Checks how `testProvider` is used, and prepares the replies. @throws AssayError `config` */
export function checkContract(provider: ModelProvider, given: ProviderContract): CheckedContract {
  const problems = [
    ...problemsIn(given, contractSchemas, ''),
    ...problemsIn(given.replies ?? {}, given.replies ? replySchemas : {}, 'replies.'),
  ]
  if (problems.length === 0) problems.push(...problemsOfUse(provider, given))
  if (problems.length > 0) {
    throw new AssayError(`testProvider(${provider.name}): ${problems.join('; ')}`, {
      kind: 'config',
    })
  }
  return {
    contract: { ...given, shared: given.shared ?? true, timeout: given.timeout ?? 5000 },
    replies: given.replies && toReplies(given.replies),
  }
}

/** Each name by itself, so that one that is missing or unknown is said in plain words. */
function problemsIn(
  value: object,
  schemas: Readonly<Record<string, v.GenericSchema>>,
  path: string,
): string[] {
  const unknown = Object.keys(value).filter((name) => !(name in schemas))
  return [
    ...unknown.map(
      (name) => `unknown \`${path}${name}\`, expected ${Object.keys(schemas).join(', ')}`,
    ),
    ...Object.entries(schemas).flatMap(([name, schema]) => {
      const field = (value as Record<string, unknown>)[name]
      const { issues = [] } = v.safeParse(schema, field)
      if (issues.length > 0 && field === undefined) return [missing(path + name, schema)]
      return issues.map((issue) => {
        const below = v.getDotPath(issue)
        return `\`${path}${name}${below ? `.${below}` : ''}\`: ${issue.message}`
      })
    }),
  ]
}

function missing(name: string, schema: v.GenericSchema): string {
  const orFalse = v.is(schema, false) ? ', or `false` where the API has no such reply' : ''
  return `\`${name}\` is missing${name.includes('.') ? `: give what the server would answer${orFalse}` : ''}`
}

/** What no schema sees. */
function problemsOfUse(provider: ModelProvider, { replies: given }: ProviderContract): string[] {
  if (!given) return []
  if (bindProvider(provider, {}) === provider) {
    return ['expected what `defineProvider()` of the same copy of vitest-assay returns']
  }
  const problems: string[] = []
  const { answer, stream } = toReplies(given)
  if (!answer.body.includes(quoted(answer.expect.text))) {
    problems.push('`replies.answer.body`: expected `expect.text` to stand in it, in one piece')
  }
  if (stream && eventsOf(stream).length < 3) {
    problems.push('`replies.stream.body`: expected the text of a whole stream, of three events')
  }
  return problems
}
