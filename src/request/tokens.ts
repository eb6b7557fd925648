/** Characters of a token, about: what is reserved is put right when the response says what it was. */
const CHARACTERS = 4

/** Estimates the tokens of a prompt and of the longest response it allows, from the request's JSON. */
export function estimateTokens(body: unknown): number {
  if (typeof body !== 'string') return 0
  const [, most] = /"max(?:_completion|_output)?_tokens":\s*(\d+)/.exec(body) ?? []
  return Math.ceil(body.length / CHARACTERS) + Number(most ?? 0)
}

/** The end of a body, as far as it has come in. */
export interface Tail {
  text: string
}

const tails = new WeakMap<Response, Tail>()

/** Keeps the end of a body, where a response reports its usage. */
export function withTail(response: Response, tail: Tail): Response {
  tails.set(response, tail)
  return response
}

/** The tokens that a response reports at its end, whatever the vendor calls them. */
export function reportedTokens(response: Response): number | undefined {
  const tail = tails.get(response)?.text
  if (tail === undefined) return undefined
  // a quote within a text of the model is escaped, and so does not match
  const counts = [...tail.matchAll(/"(\w+_tokens|totalTokenCount)"\s*:\s*(\d+)/g)]
  const countOf = (...names: readonly string[]) =>
    Number(counts.findLast(([, name]) => names.includes(name!))?.[2] ?? Number.NaN)
  const total = countOf('total_tokens', 'totalTokenCount')
  if (!Number.isNaN(total)) return total
  const sum =
    countOf('prompt_tokens', 'input_tokens') + countOf('completion_tokens', 'output_tokens')
  return Number.isNaN(sum) ? undefined : sum
}
