import { AssayError } from '../../src/model/error.ts'
import type { TextMessage } from '../../src/model/text-only.ts'

/** What a call puts in the place of each placeholder, `{{name}}`. */
export interface Values {
  /** The last message of the user. */
  readonly prompt: string | undefined
  /** What the messages of the system say. */
  readonly system: string | undefined
  /** The messages that have no placeholder of their own. */
  readonly messages: readonly TextMessage[] | undefined
  readonly model: string
  /** Whether the response is read as it comes. */
  readonly stream: boolean
  readonly temperature: number | undefined
  readonly topP: number | undefined
  readonly maxTokens: number | undefined
  readonly stop: readonly string[] | undefined
  readonly seed: number | undefined
}

export type Placeholder = keyof Values

const known: readonly Placeholder[] = [
  'prompt',
  'system',
  'messages',
  'model',
  'stream',
  'temperature',
  'topP',
  'maxTokens',
  'stop',
  'seed',
]
const lists: ReadonlySet<Placeholder> = new Set<Placeholder>(['messages', 'stop'])

const pattern = /\{\{([^{}]*)\}\}/g
const alone = /^\{\{([^{}]*)\}\}$/

export function hasPlaceholder(text: string): boolean {
  return text.search(pattern) >= 0
}

/** The placeholders of a text. @throws AssayError for one that there is not, or that cannot stand in a text */
export function placeholdersIn(text: string, where: string): Placeholder[] {
  return [...text.matchAll(pattern)].map(([whole, name = '']) => {
    const found = known.find((one) => one === name.trim())
    if (!found) {
      throw wrong(`${where}: there is no placeholder ${whole}; there are ${known.join(', ')}.`)
    }
    if (lists.has(found) && text !== whole) {
      throw wrong(`${where}: ${whole} is a list, and has to be the whole of a value in \`body\`.`)
    }
    return found
  })
}

/** The placeholders of a text that was checked. */
export function namesIn(text: string): Placeholder[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => nameOf(name))
}

/** The value of a text that is one placeholder and nothing else; `undefined` where a call has none. */
export function valueOf(text: string, values: Values): unknown {
  const [, name] = alone.exec(text) ?? []
  return name === undefined ? fill(text, values) : values[nameOf(name)]
}

/** Puts values into a text, once: what they hold is not looked through for placeholders. */
export function fill(
  text: string,
  values: Values,
  encode: (value: string, name: Placeholder) => string = (value) => value,
): string {
  return text.replaceAll(pattern, (_, given: string) => {
    const name = nameOf(given)
    const value = values[name] as string | number | boolean | undefined // no list stands in a text
    return encode(String(value ?? ''), name)
  })
}

/** The names were checked before. */
function nameOf(given: string): Placeholder {
  return given.trim() as Placeholder
}

/** What is wrong with the options of a set-up. */
export function wrong(problem: string): AssayError {
  return new AssayError(`rest: ${problem}`, { kind: 'config', provider: 'rest' })
}
