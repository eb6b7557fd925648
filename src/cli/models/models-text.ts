import {
  type Alias,
  type CST,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { NewEntry } from './entry.ts'

/** The list `models` in the text of a configuration file. All edits leave the rest of the text as it stands. */
export interface ModelsText {
  /** The text with one entry more, at the end of the list. */
  add(entry: NewEntry): string
  /** The text with another entry at a place of the list. */
  replace(index: number, entry: NewEntry): string
  /** The text without an entry. */
  remove(index: number): string
}

/**
 * Finds the list `models` in a text of YAML or JSON that was read without an error.
 * @returns nothing where it is none that can be edited: an alias, or what `<<` takes over
 */
export function findModels(text: string): ModelsText | undefined {
  const { contents: root } = parseDocument(text, { keepSourceTokens: true, merge: true })
  if (root === null || (isScalar(root) && root.value === null)) {
    return none((entry) => `${withNewline(text)}${section(entry, 0)}`)
  }
  if (!isMap(root)) return undefined
  const pair = (root.items as Pair<Node, Node | null>[]).find(
    ({ key }) => isScalar(key) && key.value === 'models',
  )
  if (pair === undefined) {
    return root.flow
      ? none((entry) => addToFlow(text, root, `"models": ${inFlow([entry])}`))
      : none((entry) => `${withNewline(text)}${section(entry, columnOf(text, startOf(root)))}`)
  }
  const { key, value } = pair
  if (isSeq(value)) return value.flow ? flowList(text, value) : blockList(withNewline(text), value)
  if (!isScalar(value) || value.value !== null) return undefined
  const [from, to] = value.range!
  if (root.flow) return none((entry) => splice(text, [from, to], inFlow([entry])))
  return none((entry) => {
    // a word for nothing, `null`, goes; a comment behind it stays
    const end = text.indexOf('\n', from < to ? to : key.range![1]) + 1 || text.length
    const line =
      from < to ? text.slice(0, from).trimEnd() + text.slice(to, end) : text.slice(0, end)
    const lines = inBlock(entry, columnOf(text, key.range![0]) + 2)
    return splice(text, [0, end], withNewline(line) + lines)
  })
}

function none(add: ModelsText['add']): ModelsText {
  const nothing = () => {
    throw new RangeError('the list is empty')
  }
  return { add, replace: nothing, remove: nothing }
}

type Span = readonly [from: number, to: number, ...rest: unknown[]]

function blockList(text: string, list: YAMLSeq): ModelsText {
  const tokens = (list.srcToken as CST.BlockSequence).items
  const dashes = tokens.flatMap(({ start }) =>
    start.flatMap(({ type, offset }) => (type === 'seq-item-ind' ? [offset] : [])),
  )
  const column = columnOf(text, dashes[0]!)
  /** Whole lines. */
  const spans = (list.items as (Node | null)[]).map((item, index): Span => {
    const dash = dashes[index]!
    const end = Math.max(dash + 1, item ? endOf(item) : 0)
    const newline = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end)
    return [lineStart(text, dash), newline < 0 ? text.length : newline + 1]
  })
  const [, end] = spans.at(-1)!
  return {
    add: (entry) => splice(text, [end, end], inBlock(entry, column)),
    replace: (index, entry) => splice(text, spans[index]!, inBlock(entry, column)),
    remove: (index) => splice(text, spans[index]!, ''),
  }
}

function flowList(text: string, list: YAMLSeq): ModelsText {
  const spans = (list.items as Node[]).map((item): Span => [item.range![0], item.range![1]])
  return {
    add: (entry) => addToFlow(text, list, inFlow(entry, indentOf(text, list))),
    replace: (index, entry) => splice(text, spans[index]!, inFlow(entry, indentOf(text, list))),
    remove(index) {
      const [from, to] = spans[index]!
      const next = spans[index + 1]
      const previous = spans[index - 1]
      if (next) return splice(text, [from, next[0]], '')
      // a comment between the two is the other's, and stays with its comma
      const isAlone = !previous || text.slice(previous[1], from).includes('#')
      return splice(text, [isAlone ? from : previous[1], to], '')
    },
  }
}

/** Puts a text behind the last item of `[…]` or `{…}`, on a line of its own where the items have one each. */
function addToFlow(text: string, collection: YAMLSeq | YAMLMap, added: string): string {
  const last = collection.items.at(-1)
  if (last === undefined) {
    const [from, to] = collection.range!
    const isList = isSeq(collection)
    const [, spaces] = /\n([ \t]*)#/.exec(text.slice(from, to)) ?? []
    if (spaces !== undefined) {
      const end = lineStart(text, to)
      return splice(text, [end, end], `${spaces}${added}\n`)
    }
    return splice(text, [from, to], isList ? `[${added}]` : `{ ${added} }`)
  }
  const end = endOf(last as Node | Pair)
  const indent = indentOf(text, collection)
  const separator = indent === undefined ? ', ' : `,\n${indent}`
  return splice(text, [end, end], `${separator}${added}`)
}

/** The indentation of the items, where the first begins a line. */
function indentOf(text: string, { items }: YAMLSeq | YAMLMap): string | undefined {
  const [first] = items as (Node | Pair)[]
  if (first === undefined) return undefined
  const start = startOf(first)
  const before = text.slice(lineStart(text, start), start)
  return before.trim() === '' && text.slice(0, start).includes('\n') ? before : undefined
}

/** An entry on lines of its own. */
function inBlock(entry: NewEntry, column: number): string {
  const lines = stringify([entry], { lineWidth: 0 }).trimEnd().split('\n')
  const indent = ' '.repeat(column)
  return lines.map((line) => `${line === '' ? '' : indent}${line}\n`).join('')
}

/** The whole section. */
function section(entry: NewEntry, column: number): string {
  return `${' '.repeat(column)}models:\n${inBlock(entry, column + 2)}`
}

/** JSON, which is YAML too. */
function inFlow(value: unknown, indent?: string): string {
  if (indent === undefined) return JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ')
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`)
}

function splice(text: string, [from, to]: Span, added: string): string {
  return text.slice(0, from) + added.replaceAll(/\r?\n/g, newlineOf(text)) + text.slice(to)
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : text + newlineOf(text)
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return start === 0 && text.startsWith(BYTE_ORDER_MARK) ? 1 : start
}

/** What some editors begin a file with. */
const BYTE_ORDER_MARK = '\uFEFF'

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

function startOf(node: Node | Pair): number {
  return ((isPair(node) ? node.key : node) as Node).range![0]
}

/** Where a value ends, without the comments and empty lines behind it. */
function endOf(node: Node | Pair): number {
  if (isPair(node)) {
    const { key, value } = node as Pair<Node, Node | null>
    return value?.range ? Math.max(endOf(key), endOf(value)) : endOf(key)
  }
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined
  return last ? endOf(last as Node | Pair) : (node as Alias).range![1]
}
