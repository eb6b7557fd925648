import { isPlain } from '../../model/plain-data.ts'

/** The names of a provider's options, as far as its schema shows them. */
export interface OptionNames {
  /** The name of an option by any spelling of it; nothing for what is none. */
  find(spelling: string): string | undefined
  readonly all: readonly string[]
}

/** The part of a schema that tells the names: valibot's objects have `entries`, those of zod `shape`. */
interface ObjectSchema {
  readonly entries?: object
  readonly shape?: object
  readonly pipe?: readonly ObjectSchema[]
}

/**
 * Reads the names in a schema, and what else the options may be called. `undefined` where the schema does not
 * show them.
 */
export function optionNames(
  schema: object | undefined,
  aliases: Readonly<Record<string, string>> = {},
): OptionNames | undefined {
  const known = schema ? namesIn(schema) : new Set<string>()
  if (!known) return undefined
  const byPlain = new Map([...known].map((name) => [plain(name), name]))
  for (const [alias, name] of Object.entries(aliases)) byPlain.set(plain(alias), name)
  return {
    find: (spelling) => (known.has(spelling) ? spelling : byPlain.get(plain(spelling))),
    all: [...known],
  }
}

/** An object of a schema, with each field under its own name, however its name is written. */
export function respelled(schema: object): (given: unknown) => unknown {
  const names = optionNames(schema)
  return (given) => {
    if (!isPlain(given)) return given
    const fields = Object.entries(given).map(([key, one]) => [names?.find(key) ?? key, one])
    return Object.fromEntries(fields) as object
  }
}

function namesIn({ entries, shape, pipe = [] }: ObjectSchema): ReadonlySet<string> | undefined {
  const own = entries ?? shape
  if (own) return new Set(Object.keys(own))
  return pipe.map(namesIn).find((names) => names !== undefined)
}

/** `maxTokens`, `max_tokens` and `MAX_TOKENS` are one name. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}
