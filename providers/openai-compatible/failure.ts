import * as v from 'valibot'

/** The error that some servers send with status 200: in place of the completion, or within a choice. */
export function errorIn(body: unknown): unknown {
  const { success, output } = v.safeParse(failure, body)
  if (!success) return undefined
  if (output.error || output.object === 'error') return body
  const failed = output.choices?.find(({ error, finish_reason: reason }) => {
    return error || failures.has(reason ?? '')
  })
  return failed && { code: failed.finish_reason, ...failed }
}

/** The ends of a choice that are the server's own failure: OpenRouter's and Mistral's, Z.ai's, DeepSeek's. */
const failures = new Set(['error', 'network_error', 'insufficient_system_resource'])

const text = v.fallback(v.nullish(v.string()), null)
const error = v.optional(v.unknown())

const failure = v.object({
  error,
  object: text,
  choices: v.fallback(v.nullish(v.array(v.object({ error, finish_reason: text }))), null),
})
