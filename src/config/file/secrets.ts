import { isTelling } from '../../model/may-be-secret.ts'
import { isPlain } from '../../model/plain-data.ts'
import { isTemplate } from '../../provider/options/template.ts'
import type { Named } from './names.ts'
import type { Path } from './parse.ts'

/** Names that tell of keys and hold none. */
const HARMLESS = new Set(['keyStrategy'])
/** What the keys of vendors begin with. A name of words alone, as `sk-learn-random-forest`, is none. */
const likeKey = /^(?:(?:sk|pk|xai|nvapi|pplx)-|(?:sk|gsk|hf)_|AIza)(?=[\w-]*\d)[\w-]{16,}$/
/** Of a text that names variables, what the file itself says. */
const reference = /\$\{[A-Za-z_]\w*(?::-([^}]*))?\}/g
const withPassword = /^[a-z][a-z\d+.-]*:\/\/[^/?#@]*:[^/?#]+@/i

/** Says of each key and password that stands in the file as such that it should not. */
export function findLiteralKeys({ value, placeOf }: Named): string[] {
  function look(given: unknown, path: Path, name: string): string[] {
    if (Array.isArray(given))
      return given.flatMap((one, index) => look(one, [...path, index], name))
    if (isPlain(given) && !isTemplate(given)) {
      return Object.entries(given).flatMap(([key, one]) => look(one, [...path, key], key))
    }
    const what = secretIn(given, name)
    if (what === undefined) return []
    return [
      `${placeOf(path)}: a ${what} stands in the file (***); keep it in the environment, and write \${ITS_NAME} here.`,
    ]
  }
  return look(value, [], '')
}

function secretIn(given: unknown, name: string): 'key' | 'password' | undefined {
  const text = isTemplate(given) ? given.$template : given
  if (typeof text !== 'string' || text === '') return undefined
  const own = text.replaceAll(reference, '$1')
  if (withPassword.test(own)) return 'password'
  if (own.split(/[^\w-]+/).some((word) => likeKey.test(word)) || hasKeyInQuery(own)) return 'key'
  return own === text && isTelling(name) && !HARMLESS.has(name) ? 'key' : undefined
}

function hasKeyInQuery(text: string): boolean {
  const fields = text.includes('://') ? text.matchAll(/[?&]([^=&#]+)=[^&#]/g) : []
  return Array.from(fields, ([, name]) => name!).some((name) => isTelling(name))
}
