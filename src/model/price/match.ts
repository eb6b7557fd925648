import type { MatchLogic } from '@pydantic/genai-prices'

/**
 * Whether the price data means this very model. It matches by the beginning of a name or a part of it as well,
 * and so takes `gemini-1.5-flash-8b` for `gemini-1.5-flash`; here what is over may say a version and no more.
 */
export function isMeant(logic: MatchLogic, name: string): boolean {
  if ('or' in logic) return logic.or.some((part) => isMeant(part, name))
  if ('and' in logic) return logic.and.every((part) => isMeant(part, name))
  if ('equals' in logic) return name === logic.equals.toLowerCase()
  if ('regex' in logic) return new RegExp(logic.regex).test(name)
  if ('starts_with' in logic) return isAround(name, logic.starts_with, 'start')
  if ('ends_with' in logic) return isAround(name, logic.ends_with, 'end')
  return isAround(name, logic.contains)
}

/** Whether a name is this text, with a path before it and a version after it. */
function isAround(name: string, text: string, at?: 'start' | 'end'): boolean {
  const from = name.indexOf(text.toLowerCase())
  if (from === -1) return false
  const before = name.slice(0, from)
  const after = name.slice(from + text.length)
  if (at === 'start' ? before !== '' : !/^(?:.*\/)?$/.test(before)) return false
  return at === 'end' ? after === '' : isVersion(after)
}

/** As `-20250929`, `-preview-05-20`, `@001`, and `:…` after it. */
function isVersion(text: string): boolean {
  return text
    .replace(/:.*$/, '')
    .split(/[-@]/)
    .every((part) => /^(?:|latest|preview|exp|v?\d{2,}|v\d)$/.test(part))
}
