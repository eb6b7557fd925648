import { createRequire } from 'node:module'
import { isAbsolute, relative } from 'node:path'
import type * as yaml from 'yaml'
import type { Node, Scalar, YAMLMap } from 'yaml'
import { AssayError } from '../../model/error.ts'
import { toTemplate } from '../../provider/template.ts'

/** Loaded where there is a file, and at once: scripts ask for their providers without waiting. */
const load = createRequire(import.meta.url) as (name: 'yaml') => typeof yaml

export type Path = readonly (string | number)[]

/** A text of configuration as data, and where each part of it stands. */
export interface Located {
  readonly value: unknown
  /** File, line and column of what is at a path: of its key, where it has one. */
  placeOf(path: Path): string
}

/**
 * Parses YAML, and so JSON. Texts that name variables become templates; what these hold is no part of the parsing,
 * so that nothing in them can be taken for YAML. @throws AssayError with file, line and column
 */
export function parseConfig(text: string, path: string): Located {
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar } = load('yaml')
  const lines = new LineCounter()
  const file = shown(path)
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const [problem] = document.errors
  if (problem) {
    const message = `${at(problem.pos[0])}: ${problem.message.replace(/\.?$/, '.')}`
    throw new AssayError(message, { kind: 'config' })
  }
  const places = new Map<string, string>()

  function read(node: Node | null, where: Path): unknown {
    if (isAlias(node)) return read(node.resolve(document) ?? null, where)
    if (isMap(node)) return Object.fromEntries(fields(node, where))
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const one = item as Node | null
        note([...where, index], one)
        return read(one, [...where, index])
      })
    }
    return isScalar(node) ? scalar(node) : null
  }

  function fields(map: YAMLMap, where: Path): [string, unknown][] {
    return map.items.flatMap(({ key, value }): [string, unknown][] => {
      const node = value as Node | null
      const name = String((key as Scalar).value)
      if (name === '<<' && (isMap(node) || isAlias(node) || isSeq(node))) {
        const merged = isSeq(node) ? node.items.toReversed() : [node]
        return merged.flatMap((one) =>
          Object.entries((read(one as Node, where) ?? {}) as Record<string, unknown>),
        )
      }
      note([...where, name], key as Node)
      return [[name, read(node, [...where, name])]]
    })
  }

  function scalar(node: Scalar): unknown {
    if (typeof node.value !== 'string') return node.value
    const quoted = node.type !== Scalar.PLAIN
    return toTemplate(node.value, { at: at(node.range?.[0] ?? 0), quoted })
  }

  function note(where: Path, node: Node | null): void {
    if (node?.range) places.set(keyOf(where), at(node.range[0]))
  }

  return {
    value: read(document.contents as Node | null, []),
    placeOf(where) {
      for (let length = where.length; length > 0; length--) {
        const place = places.get(keyOf(where.slice(0, length)))
        if (place !== undefined) return place
      }
      return `${file}:1:1`
    },
  }
}

function keyOf(path: Path): string {
  return path.join('\u0000')
}

/** As a person would name the file from here. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('..') || isAbsolute(near) ? path : near
}
