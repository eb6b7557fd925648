import { AssayError } from '../model/error.ts'

/**
 * Names of the fixtures that the second parameter of `body` destructures. Vitest reads fixtures from the
 * source too, but stops at the first `)`, so a default value hides what follows it; this scan is balanced.
 *
 * @throws AssayError for a parameter that is not destructured, or has a rest element
 */
export function fixtureNames(body: (row: never, context: never) => unknown): readonly string[] {
  const parameter = parameters(Function.prototype.toString.call(body))[1]
  if (parameter === undefined) return []
  if (!parameter.startsWith('{')) {
    throw new AssayError(
      `The body's second parameter must be destructured, as in "async (row, { model }) => …"; got "${parameter}".`,
      { kind: 'config' },
    )
  }
  const inner = parameter.slice(1, closing(parameter, 0))
  return split(inner).map((part) => {
    if (part.startsWith('...')) {
      throw new AssayError(`Name the fixtures that the body uses instead of "${part}".`, {
        kind: 'config',
      })
    }
    return part.replace(/\s*[:=][\s\S]*$/, '').trim()
  })
}

function parameters(source: string): string[] {
  const text = source
    .replace(/^async\b\s*/, '')
    .replace(/^function\b\s*\*?\s*/, '')
    .replace(/^\*\s*/, '')
  const bare = /^[\w$]+\s*=>/.exec(text)
  if (bare) return [bare[0].replace(/\s*=>$/, '')]
  const open = text.indexOf('(')
  return open < 0 ? [] : split(text.slice(open + 1, closing(text, open)))
}

/** Splits at the commas outside of any bracket, text or comment. */
function split(source: string): string[] {
  const parts: string[] = []
  let start = 0
  scan(source, 0, (char, at, depth) => {
    if (char === ',' && depth === 0) {
      parts.push(source.slice(start, at))
      start = at + 1
    }
    return false
  })
  parts.push(source.slice(start))
  return parts.map((part) => withoutComments(part).trim()).filter((part) => part !== '')
}

/** Where the bracket that opens at `open` closes. */
function closing(source: string, open: number): number {
  return scan(source, open, (char, _at, depth) => ')]}'.includes(char) && depth === 0)
}

/** Calls `found` for each character of code, with the depth of brackets after it, until it says yes. */
function scan(
  source: string,
  from: number,
  found: (char: string, at: number, depth: number) => boolean,
): number {
  let depth = 0
  for (let at = from; at < source.length; at++) {
    const end = skipText(source, at)
    if (end > at) {
      at = end - 1
      continue
    }
    const char = source[at]!
    if ('([{'.includes(char)) depth++
    if (')]}'.includes(char)) depth--
    if (found(char, at, depth)) return at
  }
  return source.length
}

/** The end of the comment, text or template that begins at `at`; `at` where none does. */
function skipText(source: string, at: number): number {
  if (source.startsWith('//', at)) return endOf(source, '\n', at)
  if (source.startsWith('/*', at)) return endOf(source, '*/', at + 2)
  const quote = source[at]
  if (quote !== '"' && quote !== "'" && quote !== '`') return at
  let end = at + 1
  while (end < source.length && source[end] !== quote) end += source[end] === '\\' ? 2 : 1
  return end + 1
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from)
  return at < 0 ? source.length : at + mark.length
}

function withoutComments(source: string): string {
  let text = ''
  for (let at = 0; at < source.length; at++) {
    const end = skipText(source, at)
    const isComment = end > at && source[at] === '/'
    if (isComment) at = end - 1
    else text += source[at]!
  }
  return text
}
