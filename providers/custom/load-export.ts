import { fileURLToPath } from 'node:url'
import { importModule } from '../../src/evaluation/import-module.ts'
import { AssayError } from '../../src/model/error.ts'
import { isModel } from '../../src/model/model.ts'
import { byNearness } from '../../src/model/nearest.ts'
import { setupFailure } from '../adapters/failure.ts'
import { canAnswer } from '../adapters/model-of.ts'
import { requireSource } from '../adapters/source.ts'
import type { Subject } from '../adapters/subject.ts'
import { isProvider } from './provider-of.ts'

/** What a module exports, and how errors name it. */
export interface Exported {
  readonly value: object
  /** For people, as in "custom/my: `MyHandler` of /evals/my.ts". */
  readonly where: string
}

type Exports = Readonly<Record<string, unknown>>

/** Loads a module and takes the export of a name, or the one that is a model. @throws AssayError `setup` or `config` */
export async function loadExport(
  url: string,
  asked: string | undefined,
  subject: Subject,
): Promise<Exported> {
  const file = fileURLToPath(url)
  const exports = await load(url, subject)
  const name = asked ?? choose(exports, subject)
  const where = `${subject.spec}: \`${name}\` of ${file}`
  if (name === undefined || !(name in exports)) {
    throw new AssayError(problemOf(exports, name, { file, spec: subject.spec }), { kind: 'config' })
  }
  const value = exports[name]
  requireSource(where, value)
  return { value, where }
}

async function load(url: string, subject: Subject): Promise<Exports> {
  try {
    return (await importModule(url)) as Exports
  } catch (error) {
    throw setupFailure(error, subject, `${fileURLToPath(url)} cannot be loaded`)
  }
}

/** The default export, unless it is no model and one of the others is; else the only model, or the only function. */
function choose(exports: Exports, subject: Subject): string | undefined {
  const fits = (name: string) => isModelLike(exports[name], subject)
  const isFunction = (name: string) => typeof exports[name] === 'function'
  const names = Object.keys(exports).filter((name) => exports[name] !== undefined)
  const hasDefault = names.includes('default')
  if (hasDefault && (fits('default') || isFunction('default'))) return 'default'
  const models = names.filter((name) => fits(name))
  if (models.length > 1) return undefined
  const functions = models.length > 0 ? models : names.filter((name) => isFunction(name))
  if (functions.length === 1) return functions[0]
  return hasDefault ? 'default' : undefined
}

/** A class is what it makes. */
function isModelLike(value: unknown, subject: Subject): boolean {
  const object: unknown =
    typeof value === 'function' ? (value.prototype as object | undefined) : value
  if (typeof object !== 'object' || object === null) return false
  return isModel(object) || isProvider(object) || canAnswer(object, subject)
}

function problemOf(
  exports: Exports,
  name: string | undefined,
  { file, spec }: { readonly file: string; readonly spec: string },
): string {
  const all = byNearness(name ?? '', Object.keys(exports)).map((one) => `\`${one}\``)
  const there = all.length > 0 ? `it has ${all.join(', ')}` : 'it exports nothing'
  return name === undefined
    ? `${spec}: ${file} has no default export; name the one to use with \`export\`: ${there}.`
    : `${spec}: ${file} has no export \`${name}\`; ${there}.`
}
