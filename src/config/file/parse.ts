import { createRequire } from 'node:module'
import { isAbsolute, relative } from 'node:path'
import type * as yaml from 'yaml'
import type { Alias, Node, Scalar, YAMLMap } from 'yaml'
import { AssayError } from '../../model/error.ts'
import { toTemplate } from '../../provider/options/template.ts'

/** Loaded where there is a file, and at once: scripts ask for their providers without waiting. */
const load = createRequire(import.meta.url) as (name: 'yaml') => typeof yaml

/** Parts of a file that may be read through aliases: more of them is a slip, or is meant to exhaust the memory. */
const THROUGH_ALIASES = 10_000

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
    const { code, message, pos } = problem
    const said = code === 'MULTIPLE_DOCS' ? 'There is a second document; keep one.' : message
    throw new AssayError(`${at(pos[0])}: ${said.replace(/\.?$/, '.')}`, { kind: 'config' })
  }
  const places = new Map<string, string>()
  const open = new Set<Node>()
  let throughAliases = 0
  let outermost: Alias | undefined

  function read(node: Node | null, where: Path): unknown {
    count()
    if (isAlias(node)) return through(node, (target) => read(target, where))
    if (isMap(node)) return within(node, () => Object.fromEntries(fields(node, where)))
    if (isSeq(node)) {
      return within(node, () =>
        node.items.map((item, index) => {
          const one = item as Node | null
          note([...where, index], one)
          return read(one, [...where, index])
        }),
      )
    }
    return isScalar(node) ? scalar(node) : null
  }

  /** The fields of a map; those that `<<` takes over from others go after its own. */
  function fields(map: YAMLMap, where: Path): [string, unknown][] {
    const merges = map.items.filter(({ key }) => isMerge(key as Node))
    const own = map.items.filter(({ key }) => !isMerge(key as Node))
    const merged = merges.flatMap(({ value }) => {
      const node = value as Node | null
      const sources = isSeq(node) ? (node.items as Node[]).toReversed() : [node]
      return sources.flatMap((one) => mergedFields(one, where))
    })
    const others = own.map(({ key, value }): [string, unknown] => {
      const node = key as Node
      if (!isScalar(node)) throw invalid(node, 'a name must be a text')
      const name = String(node.value)
      note([...where, name], node)
      return [name, read(value as Node | null, [...where, name])]
    })
    return [...merged, ...others]
  }

  function mergedFields(source: Node | null, where: Path): [string, unknown][] {
    count()
    if (isAlias(source)) return through(source, (target) => mergedFields(target, where))
    if (isMap(source)) return within(source, () => fields(source, where))
    throw invalid(source, '`<<` takes over the fields of a map, and this is none')
  }

  function through<T>(alias: Alias, task: (target: Node) => T): T {
    const target = resolve(alias)
    if (outermost) return task(target)
    outermost = alias
    try {
      return task(target)
    } finally {
      outermost = undefined
    }
  }

  function count(): void {
    if (!outermost || ++throughAliases <= THROUGH_ALIASES) return
    const most = THROUGH_ALIASES.toLocaleString('en')
    throw invalid(
      outermost,
      `aliases stand for more than ${most} values in all; write fewer of them`,
    )
  }

  /** `*name` as what `&name` stands before. */
  function resolve(alias: Alias): Node {
    const node = alias.resolve(document)
    if (node) return node
    throw invalid(alias, `nothing before it is marked as \`&${alias.source}\``)
  }

  function within<T>(node: Node, task: () => T): T {
    if (open.has(node)) throw invalid(node, 'it holds itself')
    open.add(node)
    try {
      return task()
    } finally {
      open.delete(node)
    }
  }

  function invalid(node: Node | null, fault: string): AssayError {
    return new AssayError(`${at(node?.range?.[0] ?? 0)}: ${fault}.`, { kind: 'config' })
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
    value: read(document.contents, []),
    placeOf(where) {
      for (let length = where.length; length > 0; length--) {
        const place = places.get(keyOf(where.slice(0, length)))
        if (place !== undefined) return place
      }
      return `${file}:1:1`
    },
  }
}

/** The parser gives the key `<<` as a symbol, where it is not in quotes. */
function isMerge(key: Node): boolean {
  return typeof (key as Scalar).value === 'symbol'
}

function keyOf(path: Path): string {
  return path.join('\u0000')
}

/** As a person would name the file from here. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('..') || isAbsolute(near) ? path : near
}
