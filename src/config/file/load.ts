import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { AssayError, messageOf } from '../../model/error.ts'
import { askForNearest } from '../../model/nearest-file.ts'
import { describeIssues } from '../../model/issues.ts'
import { isPlain } from '../../model/plain-data.ts'
import { readConfig } from './read.ts'
import type { AssayConfig } from './config.ts'
import type { PlaceOf } from './entries.ts'
import { expandSettings } from './expand.ts'
import { providerOf } from './module-entry.ts'
import { type Named, nameFields } from './names.ts'
import { parseConfig } from './parse.ts'
import { type ConfigContent, configSchema } from './schema.ts'
import { findLiteralKeys } from './secrets.ts'

export interface LoadOptions {
  /** Where variables are looked up that are not those of models, which are looked up at a model's set-up. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * Reads a configuration file, YAML or JSON: what evals run on, and how. Texts with `${VAR}` in the options of a
 * model stay as they are until the model is set up.
 *
 * @throws AssayError `config` with file, line and column
 */
export function loadConfig(path: string, { env = process.env }: LoadOptions = {}): AssayConfig {
  const full = resolve(path)
  return configIn(readText(full, path), full, { env })
}

/** What a text says that stands in a file, or is to. `path` is absolute. @throws AssayError as `loadConfig` */
export function configIn(
  text: string,
  path: string,
  { env = process.env }: LoadOptions = {},
): AssayConfig {
  const located = parseConfig(text, path)
  const named = nameFields({ ...located, value: located.value ?? {} }, configSchema)
  const content = expandSettings(named.value, env)
  const { success, output, issues } = v.safeParse(configSchema, content)
  if (!success) {
    const [issue] = issues
    throw new AssayError(describe(issue, named), { kind: 'config' })
  }
  const placeOf = (...where: readonly (string | number)[]) => named.placeOf(where)
  return {
    ...readConfig(output, { placeOf, baseDir: dirname(path) }),
    path,
    places: placesOf(output, placeOf),
    warnings: findLiteralKeys(named),
  }
}

function describe(given: v.BaseIssue<unknown>, { placeOf, spell }: Named): string {
  const issue = innermost(given)
  const path = (issue.path ?? []).map(({ key }) => key as string | number)
  const { path: _, ...rest } = issue // in the words of the file
  const name = path.length > 0 ? `\`${spell(path)}\`: ` : ''
  return `${placeOf(path)}: ${name}${describeIssues([rest], configSchema)}.`
}

/** Of the forms that a value may have, what is wrong with the one that it has: what is inside of it says which. */
function innermost(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const inner = issue.issues?.find(({ path }) => path)
  if (!inner) return issue
  const path = [...(issue.path ?? []), ...inner.path!] as typeof inner.path
  return innermost({ ...inner, ...(path && { path }) })
}

/** What the sections of a file are called in the options of the plugin. */
const sections: Readonly<Record<string, string>> = {
  responseModel: 'model',
  judgeModel: 'judge',
  fixerModel: 'fixer',
  maxConcurrent: 'concurrency.default',
  providerConcurrency: 'concurrency',
}

/** Sections whose entries hold by themselves. */
const maps = new Set(['providerConcurrency', 'limits', 'requests', 'prices', 'budget', 'cache'])

function placesOf(content: ConfigContent, placeOf: PlaceOf): Record<string, string> {
  const places = Object.entries(content).flatMap(([name, value]: [string, unknown]) => {
    const section = sections[name] ?? name
    if (!maps.has(name) || !isPlain(value)) return [[section, placeOf(name)]]
    return Object.keys(value).map((key) => [`${section}.${key}`, placeOf(name, key)])
  })
  const ownPrices = (content.models ?? []).flatMap((model, index) =>
    typeof model === 'object'
      ? [[`prices.${providerOf(model)}/${model.name}`, placeOf('models', index)]]
      : [],
  )
  const entries = (content.models ?? []).map((_, index) => [
    `models.${index}`,
    placeOf('models', index),
  ])
  return Object.fromEntries([...ownPrices, ...entries, ...places]) as Record<string, string>
}

function readText(full: string, path: string): string {
  try {
    return readFileSync(full, 'utf8')
  } catch (error) {
    throw new AssayError(
      `The configuration file ${path} cannot be read: ${messageOf(error)}.${askForNearest(full, path)}`,
      { kind: 'config', cause: error },
    )
  }
}
