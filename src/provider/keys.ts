import { AssayError } from '../model/error.ts'
import { Secret } from '../model/secret.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A variable of the environment. */
export interface Variable {
  readonly name: string
  readonly value: string
}

/** The variables of one provider, by what follows `NAME_API_`: `BASE`, `KEY`, `KEY_1`. */
export type Variables = ReadonlyMap<string, readonly Variable[]>

/** Finds the variables `NAME_API_BASE`, `NAME_API_KEY`, `NAME_API_KEY_1`, … by the lower-case name. */
export function variablesByProvider(env: Env): ReadonlyMap<string, Variables> {
  const providers = new Map<string, Map<string, Variable[]>>()
  for (const [name, given] of Object.entries(env)) {
    const { provider, part } = pattern.exec(name)?.groups ?? {}
    const value = given?.trim()
    if (!provider || !part || !value) continue
    const variables = entryOf(providers, provider.toLowerCase(), () => new Map())
    entryOf(variables, part, () => []).push({ name, value })
  }
  return providers
}

const pattern = /^(?<provider>.+?)_API_(?<part>BASE|KEY(?:_\d+)?)$/

/** The keys of a provider: those given in code, else those of the environment, each once. */
export function keysOf(
  provider: string,
  { given, env }: { given?: readonly (string | Secret)[] | undefined; env: Env },
): readonly Secret[] {
  if (given) return parseKeys(given, `${provider}: keys`)
  const variables = variablesByProvider(env).get(prefixOf(provider))
  return variables ? parseKeys(keysIn(variables), `${provider}: API keys of the environment`) : []
}

/** What the names of a provider's variables begin with, in lower case: none has a dash. */
export function prefixOf(provider: string): string {
  return provider.replaceAll('-', '_')
}

/** The unsuffixed key first, then by number. */
function keysIn(variables: Variables): string[] {
  return [...variables]
    .filter(([part]) => part !== 'BASE')
    .toSorted(([a], [b]) => numberOf(a) - numberOf(b))
    .map(([, spellings]) => onlyOf(spellings).value)
}

function numberOf(part: string): number {
  return part === 'KEY' ? -1 : Number(part.slice('KEY_'.length))
}

/** One variable may be spelled in two ways (`OPencode_…`, `OPENCODE_…`) as long as they agree. */
export function onlyOf([first, ...others]: readonly Variable[]): Variable {
  const other = others.find(({ value }) => value !== first!.value)
  if (!other) return first!
  throw new AssayError(
    `${first!.name} and ${other.name} are one variable with two values; remove one of them.`,
    { kind: 'config' },
  )
}

/** Trims keys and drops empty ones and repetitions. `where` names them in errors. */
export function parseKeys(
  keys: readonly (string | Secret | undefined)[],
  where: string,
): readonly Secret[] {
  const values = keys.map((key = '') => (typeof key === 'string' ? key : key.reveal()).trim())
  if (values.some((value) => /[^\x20-\x7e]/.test(value))) {
    throw new AssayError(`${where}: a key holds a line break or another character no key has.`, {
      kind: 'config',
    })
  }
  return [...new Set(values)].filter((value) => value !== '').map((value) => new Secret(value))
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const value = map.get(key) ?? create()
  map.set(key, value)
  return value
}
