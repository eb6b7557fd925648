import { AssayError } from '../../model/error.ts'
import { positionOfFault } from '../../model/json-fault.ts'
import { type Env, modelsVariable, type Variable } from '../keys.ts'
import type { ModelSettings } from './model-settings.ts'

/** A model as `NAME_MODELS` defines it. */
export interface DefinedModel {
  /** As a spec names it. */
  readonly name: string
  /** As the server names it. */
  readonly id: string
  readonly settings: ModelSettings
}

export interface DefinedModels {
  /** The variable, as it is spelled. */
  readonly source: string
  readonly models: readonly DefinedModel[]
}

/**
 * Reads `NAME_MODELS`: JSON of the form `{ name: { id, options } }` or a list of names and such objects, or names
 * with commas between them. @throws AssayError that says what is wrong, and where
 */
export function definedModels(env: Env, names: readonly string[]): DefinedModels | undefined {
  const variable = modelsVariable(env, names)
  // OLLAMA_MODELS, as Ollama itself means it
  if (!variable || isPath(variable.value)) return undefined
  const { name: source, value } = variable
  return { source, models: parse({ name: source, value: unquoted(value) }) }
}

/** JSON without the quotes of a shell around it, which `docker --env-file` takes for a part of the value. */
function unquoted(value: string): string {
  return /^'([{[].*)'$/s.exec(value)?.[1] ?? value
}

function isPath(value: string): boolean {
  return /^(?:[~.]{0,2}[\\/]|[A-Za-z]:\\)/.test(value)
}

function parse(variable: Variable): DefinedModel[] {
  const { name: source, value } = variable
  if (!/^[{["]/.test(value)) return value.split(',').flatMap((name) => modelOf(name.trim(), source))
  const content = parseJson(variable)
  if (typeof content === 'string') return modelOf(content, source)
  if (Array.isArray(content)) return content.flatMap((one) => modelOf(one, source))
  return Object.entries(content as object).flatMap(([name, one]: [string, unknown]) =>
    modelOf(isObject(one) ? { ...one, name } : one === null ? name : { name, id: one }, source),
  )
}

function parseJson({ name, value }: Variable): unknown {
  try {
    return JSON.parse(value)
  } catch {
    // not what was thrown: it shows the text
    const position = positionOfFault(value)
    const hint = /^[{[]\s*$/.test(value)
      ? `the value is ${value} alone: put JSON of several lines into single quotes in a .env file`
      : `it is no JSON from character ${position + 1} on`
    throw invalid(name, hint)
  }
}

function modelOf(given: unknown, source: string): DefinedModel[] {
  if (given === '') return []
  if (typeof given === 'string') return [{ name: given, id: given, settings: {} }]
  if (!isObject(given)) throw invalid(source, 'expected names, or { "name": { "id", "options" } }')
  const { id, name = id, options = {}, ...others } = given
  if (typeof name !== 'string' || name === '')
    throw invalid(source, 'a model has neither name nor id')
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw invalid(source, `${name}: expected \`id\` and \`options\`, got \`${unknown}\``)
  }
  if (id !== undefined && (typeof id !== 'string' || id === '')) {
    throw invalid(source, `${name}: expected \`id\` to be a text`)
  }
  if (!isObject(options)) throw invalid(source, `${name}: expected \`options\` to be an object`)
  const settings = { ...(id !== undefined && { options: { id } }), fields: options }
  return [{ name, id: id ?? name, settings }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(source: string, problem: string): AssayError {
  return new AssayError(`${source}: ${problem}.`, { kind: 'config' })
}
