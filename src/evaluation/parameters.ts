import { AssayError } from '../model/error.ts'

/**
 * Names of the fixtures that the second parameter of `body` destructures. Vitest reads fixtures from the
 * source too, but stops at the first `)`, so a default value hides what follows it; this scan is balanced.
 *
 * @throws AssayError for a parameter that is not destructured, or has a rest element or a computed name
 */
export function fixtureNames(body: (row: never, context: never) => unknown): readonly string[] {
  const [row, context] = parameters(Function.prototype.toString.call(body))
  const parameter = row?.startsWith('...') ? row : context
  if (parameter === undefined) return []
  if (!parameter.startsWith('{')) {
    throw new AssayError(
      `The body's second parameter must be destructured, as in "async (row, { model }) => …"; got "${parameter}".`,
      { kind: 'config' },
    )
  }
  return split(parameter, 1, closing(parameter, 0)).map((part) => propertyName(part))
}

function propertyName(part: string): string {
  const name =
    /^(?<quote>['"])(?<text>.*?)\k<quote>/s.exec(part)?.groups!['text'] ?? identifier(part, 0)
  if (name) return name
  throw new AssayError(`Name the fixtures that the body uses instead of "${part}".`, {
    kind: 'config',
  })
}

/** The parameters of a function, method or arrow, as they stand in its source. */
function parameters(source: string): string[] {
  let at = skipBlank(source, 0)
  for (const word of ['async', 'function']) {
    const end = skipBlank(source, at + word.length)
    const isWord = identifier(source, at) === word && !source.startsWith('=>', end)
    if (isWord) at = end
  }
  if (source[at] === '*') at = skipBlank(source, at + 1)
  if (source[at] === '[') at = closing(source, at) + 1
  const name = identifier(source, at)
  at = skipBlank(source, at + name.length)
  if (name && source.startsWith('=>', at)) return [name]
  return source[at] === '(' ? split(source, at + 1, closing(source, at)) : []
}

/** The parts between `from` and `to` that commas outside of any bracket separate. */
function split(source: string, from: number, to: number): string[] {
  const parts: string[] = []
  let start = from
  for (let at = from; at < to; at = next(source, at)) {
    if (source[at] !== ',') continue
    parts.push(source.slice(start, at))
    start = at + 1
  }
  parts.push(source.slice(start, to))
  return parts.map((part) => part.slice(skipBlank(part, 0)).trim()).filter((part) => part !== '')
}

/** Where the bracket that opens at `open` closes. */
function closing(source: string, open: number): number {
  let at = open + 1
  while (at < source.length && !')]}'.includes(source[at]!)) at = next(source, at)
  return at
}

/** The place behind what stands at `at`: a bracket with all in it, a text, a comment, or one character. */
function next(source: string, at: number): number {
  const char = source[at]!
  if ('([{'.includes(char)) return closing(source, at) + 1
  if (char === '"' || char === "'") return endOfText(source, at)
  if (char === '`') return endOfTemplate(source, at)
  if (char !== '/') return at + 1
  const blank = skipBlank(source, at)
  if (blank > at) return blank
  return /[=(,:[!&|?{};+\-*%<>~^]\s*$/.test(source.slice(0, at)) ? endOfPattern(source, at) : at + 1
}

function endOfText(source: string, at: number): number {
  let end = at + 1
  while (end < source.length && source[end] !== source[at]) end += source[end] === '\\' ? 2 : 1
  return end + 1
}

function endOfTemplate(source: string, at: number): number {
  let end = at + 1
  while (end < source.length && source[end] !== '`') {
    if (source.startsWith('${', end)) end = closing(source, end + 1) + 1
    else end += source[end] === '\\' ? 2 : 1
  }
  return end + 1
}

/** The end of a regular expression, in whose classes a `/` is a character. */
function endOfPattern(source: string, at: number): number {
  let end = at + 1
  let inClass = false
  while (end < source.length && (inClass || source[end] !== '/')) {
    if (source[end] === '[') inClass = true
    if (source[end] === ']') inClass = false
    end += source[end] === '\\' ? 2 : 1
  }
  return end + 1
}

/** The place behind white space and comments. */
function skipBlank(source: string, at: number): number {
  return at + /^(?:\s|\/\/.*|\/\*[^]*?\*\/)*/.exec(source.slice(at))![0].length
}

function identifier(source: string, at: number): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200C\u200D]*/u.exec(source.slice(at))?.[0] ?? ''
}
