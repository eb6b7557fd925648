import { isRecord } from '../../src/request/is-record.ts'
import type { Middleware } from '../../src/request/pipe.ts'
import { isJson } from '../shared/remote/json.ts'

/**
 * Puts the tokens of the prompt, which a header alone tells, to the details of a generation, where a stream has
 * them: of a response that the cache keeps, the body is all that is left.
 */
export const withPromptTokens: Middleware = (next) => async (url, init) => {
  const response = await next(url, init)
  const tokens = response.headers.get('x-prompt-tokens')
  if (tokens === null || !isJson(response)) return response
  const { status, statusText, headers } = response
  const body = withInputLength(await response.text(), Number(tokens))
  return new Response(body, { status, statusText, headers })
}

function withInputLength(text: string, tokens: number): string {
  const body = parse(text)
  const details = isRecord(body) ? body['details'] : undefined
  if (!isRecord(details)) return text
  return JSON.stringify({ ...(body as object), details: { ...details, input_length: tokens } })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // who reads the response says so
  }
}
