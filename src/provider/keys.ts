import { readFileSync } from 'node:fs'
import { AssayError, messageOf } from '../model/error.ts'
import { Secret } from '../model/secret.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** A variable of the environment. */
export interface Variable {
  readonly name: string
  readonly value: string
}

/** The variables of one provider, by what follows its name: `API_BASE`, `API_KEY`, `API_KEY_1`, `MODELS`. */
export type Variables = ReadonlyMap<string, readonly Variable[]>

/**
 * Finds the variables `NAME_API_BASE`, `NAME_API_KEY`, `NAME_API_KEY_1`, …, `NAME_API_KEY_FILE` and
 * `NAME_MODELS` by the lower-case name.
 */
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

const pattern = /^(?<provider>.+?)_(?<part>API_BASE|API_KEY(?:_\d+|_FILE)?|MODELS)$/

/** A provider as its variables know it. */
export interface Named {
  readonly name: string
  /** Other names, which its variables may begin with. */
  readonly aliases?: readonly string[] | undefined
}

/** What the names of a provider's variables begin with, in lower case: none has a dash. */
export function prefixOf(provider: string): string {
  return provider.replaceAll('-', '_')
}

/** All that the names of a provider's variables may begin with, in lower case. */
export function namesOf({ name, aliases = [] }: Named): readonly string[] {
  return [name, ...aliases].map((one) => prefixOf(one))
}

/** `NAME_API_BASE`, under any of the names; else `NAME_BASE_URL`, which the SDKs of vendors read, under the first. */
export function baseVariable(env: Env, names: readonly string[]): Variable | undefined {
  const spellings = spellingsOf(env, names, 'API_BASE')
  if (spellings.length > 0) return onlyOf(spellings)
  const name = `${names[0]!.toUpperCase()}_BASE_URL`
  const value = env[name]?.trim()
  return value ? { name, value } : undefined
}

/** `NAME_MODELS`, under any of the names. */
export function modelsVariable(env: Env, names: readonly string[]): Variable | undefined {
  const spellings = spellingsOf(env, names, 'MODELS')
  return spellings.length > 0 ? onlyOf(spellings) : undefined
}

function spellingsOf(env: Env, names: readonly string[], part: string): readonly Variable[] {
  const providers = variablesByProvider(env)
  return names.flatMap((name) => providers.get(name)?.get(part) ?? [])
}

export interface KeyPlace extends Named {
  /** Keys given in code, which go before those of the environment. */
  readonly given?: readonly (string | Secret)[] | undefined
  readonly env: Env
  /** Variables that hold a key where none of the usual ones does, as HF_TOKEN. */
  readonly keyVariables?: readonly string[] | undefined
}

/** The keys of a provider: those given in code, else those of the environment, each once. */
export function keysOf(place: KeyPlace): readonly Secret[] {
  const { name, given } = place
  if (given) return parseKeys(given, `${name}: keys`)
  const variables = keySources(place)
  warnOfRepeated(name, variables)
  const values = variables.map(({ value }) => value)
  return parseKeys(values, `${name}: API keys of the environment`)
}

/** The variables that the keys of a provider come from. */
export function keySources({
  env,
  keyVariables = [],
  ...named
}: Pick<KeyPlace, 'env' | 'keyVariables' | 'name' | 'aliases'>): readonly Variable[] {
  const usual = keyVariablesIn(env, namesOf(named))
  if (usual.length > 0) return usual
  const others = keyVariables.map((one) => ({ name: one, value: env[one]?.trim() ?? '' }))
  return others.filter(({ value }) => value !== '').slice(0, 1)
}

/** The variables with keys: the one without a number first, then that of a file, then by number. */
function keyVariablesIn(env: Env, names: readonly string[]): readonly Variable[] {
  const providers = variablesByProvider(env)
  const byPart = new Map<string, Variable[]>()
  for (const [part, spellings] of names.flatMap((name) => [...(providers.get(name) ?? [])])) {
    if (part.startsWith('API_KEY')) entryOf(byPart, part, () => []).push(...spellings)
  }
  return [...byPart]
    .toSorted(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([part, spellings]) => {
      const variable = onlyOf(spellings)
      return part === 'API_KEY_FILE' ? readKey(variable) : variable
    })
}

function placeOf(part: string): number {
  if (part === 'API_KEY') return -2
  return part === 'API_KEY_FILE' ? -1 : Number(part.slice('API_KEY_'.length))
}

function readKey({ name, value: path }: Variable): Variable {
  const value = readKeyFile(name, path)
  if (value !== '') return { name, value }
  throw new AssayError(`${name}: the file with the key is empty.`, { kind: 'config' })
}

function readKeyFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new AssayError(`${name}: the file with the key cannot be read: ${messageOf(error)}`, {
      kind: 'config',
      cause: error,
    })
  }
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

const warned = new Set<string>()

/** A key that is given twice has not twice the limits. */
function warnOfRepeated(provider: string, variables: readonly Variable[]): void {
  for (const [index, { name, value }] of variables.entries()) {
    const first = variables.findIndex((one) => one.value === value)
    if (first === index || warned.has(name)) continue
    warned.add(name)
    process.emitWarning(`${provider}: ${name} holds the same key as ${variables[first]!.name}.`)
  }
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
