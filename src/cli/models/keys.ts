import { readFileSync } from 'node:fs'
import { isTelling } from '../../model/may-be-secret.ts'
import { Secret } from '../../model/secret.ts'
import type { ExplainedModel } from '../../provider/explain.ts'
import type { Env } from '../../provider/keys.ts'
import { maskedKey } from '../doctor/masked-key.ts'

/** A key, and where it comes from. */
export interface ShownKey {
  /** The variable of the environment; `null` where the key stands in a file as such. */
  readonly variable: string | null
  /** Masked, as `sk-…(51 chars)`; `null` where the variable has none. */
  readonly value: string | null
}

/** The keys that a model is asked with, or the variable that lacks its key. Nothing where it may do without. */
export function keysOf(explained: ExplainedModel, env: Env): readonly ShownKey[] {
  const { options, keyVariables, traits } = explained
  const own = [options['apiKey'], options['apiKeys'], ...secretsIn(options['params'])]
    .flat()
    .filter((one) => one !== undefined)
  if (own.length > 0) return own.flatMap((one) => written(one, env))
  if (keyVariables.length > 0) return keyVariables.map((one) => inVariable(one, env))
  return needsKey(explained) ? [{ variable: traits.keyNames[0]!, value: null }] : []
}

/** Whether its provider sends keys at all. */
export function takesKeys({ traits: { optionNames } }: ExplainedModel): boolean {
  return ['apiKey', 'apiKeys'].some((name) => optionNames.includes(name))
}

/** Of a provider with a server of its own: one that people name themselves may ask for no key. */
const SERVERS = ['baseURL', 'endpoint']

function needsKey(explained: ExplainedModel): boolean {
  const { options, baseVariable, traits } = explained
  const own = SERVERS.filter((name) => traits.optionNames.includes(name))
  const isNamed = baseVariable !== undefined || own.some((name) => options[name] !== undefined)
  return takesKeys(explained) && own.length > 0 && !isNamed
}

/** Of what a module of the user's own is given. */
function secretsIn(params: unknown = {}): readonly unknown[] {
  return Object.entries(params as object).flatMap(([name, one]) => (isTelling(name) ? [one] : []))
}

/** For a person: `OPENAI_API_KEY sk-…(51 chars)`, `missing: OPENAI_API_KEY`. */
export function shownKey({ variable, value }: ShownKey): string {
  if (value === null) return `missing: ${variable}`
  return variable === null ? value : `${variable} ${value}`
}

/** What a variable holds, masked; of one that names a file, what that holds. */
export function inVariable(variable: string, env: Env): ShownKey {
  const value = env[variable]?.trim()
  if (!value) return { variable, value: null }
  const key = variable.endsWith('_API_KEY_FILE') ? readFileSync(value, 'utf8').trim() : value
  return { variable, value: maskedKey(new Secret(key)) }
}

function written(option: unknown, env: Env): readonly ShownKey[] {
  if (option instanceof Secret) return [{ variable: null, value: maskedKey(option) }]
  const text = String(option)
  const names = Array.from(text.matchAll(/\$\{([A-Za-z_]\w*)(?::-[^}]*)?\}/g), ([, name]) => name!)
  if (names.length === 0) return [{ variable: null, value: maskedKey(new Secret(text)) }]
  return names.map((name) => inVariable(name, env))
}
