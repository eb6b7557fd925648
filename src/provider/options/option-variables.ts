import { AssayError } from '../../model/error.ts'
import { meantBy } from '../../model/nearest.ts'
import { type Env, variablesByProvider } from '../keys.ts'
import type { OptionNames } from './option-names.ts'

/** An option as `ASSAY_<PROVIDER>_<OPTION>` of the environment gives it. */
export interface OptionVariable {
  readonly variable: string
  readonly option: string
  readonly value: string
}

/**
 * The options of a provider in the environment. What is no option of it may be one of a provider with a longer
 * name. @throws AssayError for a name that is nearly one
 */
export function optionVariables(
  env: Env,
  names: readonly string[],
  options: OptionNames | undefined,
): readonly OptionVariable[] {
  const found: OptionVariable[] = []
  const others = longerNames(env, names)
  for (const [variable, given] of Object.entries(env)) {
    const value = given?.trim()
    const rest = restOf(variable, names)
    if (!rest || !value || restOf(variable, others)) continue
    const option = options ? options.find(rest) : toCamelCase(rest)
    if (option !== undefined) found.push({ variable, option, value })
    else requireNoSlip(variable, rest, options!)
  }
  return found
}

/** Providers of the environment whose names begin with one of these, as `openai_eu` does with `openai`. */
function longerNames(env: Env, names: readonly string[]): readonly string[] {
  const all = [...variablesByProvider(env).keys()]
  return all.filter((other) => names.some((name) => other.startsWith(`${name}_`)))
}

function restOf(variable: string, names: readonly string[]): string | undefined {
  const prefix = names
    .map((name) => `ASSAY_${name.toUpperCase()}_`)
    .find((one) => variable.startsWith(one))
  return prefix && variable.slice(prefix.length)
}

function requireNoSlip(variable: string, rest: string, options: OptionNames): void {
  const meant = meantBy(toCamelCase(rest), options.all)
  if (meant === undefined) return
  const name = variable.slice(0, -rest.length) + toUpperCase(meant)
  throw new AssayError(`${variable}: there is no such option; did you mean ${name}?`, {
    kind: 'config',
  })
}

function toCamelCase(name: string): string {
  return name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function toUpperCase(name: string): string {
  return name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toUpperCase()
}
