import { AssayError } from '../../model/error.ts'
import { byNearness, meantBy } from '../../model/nearest.ts'
import { isPlain } from '../../model/plain-data.ts'
import { isTemplate } from '../../provider/options/template.ts'
import type { Located, Path } from './parse.ts'
import { isFree, shapeOf } from './shape.ts'

/** Content under the names that the schema has, and where each part of it stands. */
export interface Named {
  readonly value: unknown
  /** File, line and column of what is at a path of those names. */
  placeOf(path: Path): string
  /** What the file itself calls what is at a path of those names. */
  spell(path: Path): string
}

/**
 * Brings names to the form of the schema: a file may write `judge_model` or `judgeModel`. What is empty is left
 * out. @throws AssayError for a name that there is not, with the one that was probably meant
 */
export function nameFields({ value, placeOf }: Located, schema: object): Named {
  const origins = new Map<string, Path>()

  function rename(given: unknown, at: Path, to: Path, within: object | undefined): unknown {
    origins.set(keyOf(to), at)
    const { entries, value: one, item } = shapeOf(within)
    if (Array.isArray(given)) {
      if (entries ?? one) throw invalid(at, 'expected names and what they stand for, got a list')
      return given.map((part, index) => rename(part, [...at, index], [...to, index], item))
    }
    if (!isPlain(given) || isTemplate(given)) return given
    const fields = Object.entries(given).flatMap(([key, part]) => {
      const name = entries ? find(key, Object.keys(entries), [...at, key]) : key
      const inner = entries?.[name] ?? one
      if (part === null && inner && !isFree(inner)) return [] // an empty section
      return [[name, rename(part, [...at, key], [...to, name], inner)] as const]
    })
    const names = fields.map(([name]) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw invalid(at, `\`${snake(twice)}\` stands there twice`)
    return Object.fromEntries(fields)
  }

  function find(key: string, known: readonly string[], at: Path): string {
    if (known.includes(key)) return key
    const name = camel(key)
    if (known.includes(name)) return name
    const meant = meantBy(name, known)
    const hint =
      meant === undefined
        ? `there are ${byNearness(name, known).map(snake).join(', ')}`
        : `did you mean \`${snake(meant)}\`?`
    throw invalid(at, `there is no \`${key}\` (${hint})`)
  }

  function invalid(at: Path, problem: string): AssayError {
    return new AssayError(`${placeOf(at)}: ${problem}.`, { kind: 'config' })
  }

  function originOf(path: Path): Path {
    for (let length = path.length; length > 0; length--) {
      const origin = origins.get(keyOf(path.slice(0, length)))
      if (origin) return [...origin, ...path.slice(length)]
    }
    return path
  }

  return {
    value: rename(value, [], [], schema),
    placeOf: (path) => placeOf(originOf(path)),
    spell: (path) => originOf(path).join('.'),
  }
}

function keyOf(path: Path): string {
  return path.join('\u0000')
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}

/** `judgeModel` as files commonly have it: `judge_model`. */
export function snake(name: string): string {
  return name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase()
}
