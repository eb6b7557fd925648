import { AssayError, type ErrorKind } from '../../src/model/error.ts'
import type { Generated } from '../../src/model/implementation.ts'
import { complete, factsIn } from './facts.ts'
import type { ResponsePaths } from './options.ts'
import { find } from './path.ts'

/** Paths among which is that of the text. */
export type TextPaths = ResponsePaths & { readonly response: string }

/** Reads a whole response. @throws AssayError where its text is not where it should be */
export async function readResponse(response: Response, paths: ResponsePaths): Promise<Generated> {
  const body = await response.text()
  const { response: path } = paths
  if (path !== undefined) return readJson(parseJson(body), { ...paths, response: path })
  if (isPlain(response)) return { text: body, raw: body }
  throw failure('parse', 'the response is no plain text: say where its text is with `response`.')
}

/** Reads the JSON of a whole response. @throws AssayError where its text is not where it should be */
export function readJson(json: unknown, paths: TextPaths): Generated {
  const rest = complete(factsIn(json, paths), paths)
  return { text: textIn(json, paths.response, rest.blocked !== null), ...rest, raw: json }
}

/** Reads the names in a list of models; an empty list is an empty list. */
export async function readNames(response: Response, path: string): Promise<readonly string[]> {
  const { values, missing } = find(path, parseJson(await response.text()))
  if (missing === 0 && values.every((value) => typeof value === 'string')) return values
  throw failure('parse', `the response is no list of models: it lacks names at \`${path}\`.`)
}

/** Whether a response is called a text. */
export function isPlain({ headers }: Response): boolean {
  return /^text\/plain\b/i.test(headers.get('content-type') ?? '')
}

/** @throws AssayError that names the path: what was found may be the model's */
function textIn(json: unknown, path: string, isBlocked: boolean): string {
  const { values } = find(path, json)
  if (values.length > 0 && values.every((value) => typeof value === 'string')) {
    return values.join('')
  }
  if (isBlocked) return ''
  const what = values.length > 0 ? 'no text' : 'nothing'
  throw failure('parse', `the response has ${what} at \`${path}\`, the path of its text.`)
}

/** @throws AssayError without the text, which is the model's */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw failure('parse', 'the response is not JSON.')
  }
}

/** What a response did wrong. */
export function failure(kind: ErrorKind, problem: string): AssayError {
  return new AssayError(`rest: ${problem}`, { kind, provider: 'rest' })
}
