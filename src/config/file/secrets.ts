import { isPlain } from '../../provider/loose-options.ts'
import { isTemplate } from '../../provider/template.ts'
import type { Named } from './names.ts'
import type { Path } from './parse.ts'

const telling = /^(?:(?:x[-_])?api[-_]?keys?|credentials|token|secret|password|authorization)$/i
/** What the keys of vendors begin with. */
const likeKey = /^(?:(?:sk|pk|xai|nvapi|pplx)-|(?:sk|gsk|hf)_|AIza)[\w-]{16,}$/

/** Says of each key that stands in the file as such that it should not. */
export function findLiteralKeys({ value, placeOf }: Named): string[] {
  function look(given: unknown, path: Path, name: string): string[] {
    if (Array.isArray(given))
      return given.flatMap((one, index) => look(one, [...path, index], name))
    if (isPlain(given) && !isTemplate(given)) {
      return Object.entries(given).flatMap(([key, one]) => look(one, [...path, key], key))
    }
    if (typeof given !== 'string' || !(telling.test(name) || likeKey.test(given))) return []
    return [
      `${placeOf(path)}: a key stands in the file (***); keep it in the environment, and write \${ITS_NAME} here.`,
    ]
  }
  return look(value, [], '')
}
