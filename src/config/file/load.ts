import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { AssayError, messageOf } from '../../model/error.ts'
import { describeIssues } from '../../model/issues.ts'
import { readConfig } from './read.ts'
import type { AssayConfig } from './config.ts'
import type { PlaceOf } from './entries.ts'
import { expandSettings } from './expand.ts'
import { nameFields } from './names.ts'
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
  const located = parseConfig(readText(full, path), full)
  const named = nameFields({ ...located, value: located.value ?? {} }, configSchema)
  const content = expandSettings(named.value, env)
  const { success, output, issues } = v.safeParse(configSchema, content)
  if (!success) {
    const [issue] = issues
    const at = named.placeOf((issue.path ?? []).map(({ key }) => key as string | number))
    throw new AssayError(`${at}: ${describeIssues([issue], configSchema)}.`, { kind: 'config' })
  }
  const placeOf = (...where: readonly (string | number)[]) => named.placeOf(where)
  return {
    ...readConfig(output, { placeOf, baseDir: dirname(full) }),
    path: full,
    places: placesOf(output, placeOf),
    warnings: findLiteralKeys(named),
  }
}

/** What the sections of a file are called in the options of the plugin. */
const sections: Readonly<Record<string, string>> = {
  responseModel: 'model',
  judgeModel: 'judge',
  fixerModel: 'fixer',
  maxConcurrent: 'concurrency.default',
}

function placesOf(content: ConfigContent, placeOf: PlaceOf): Record<string, string> {
  const permits = Object.keys(content.providerConcurrency ?? {}).map((provider) => [
    `concurrency.${provider}`,
    placeOf('providerConcurrency', provider),
  ])
  const all = Object.keys(content).map((name) => [sections[name] ?? name, placeOf(name)])
  return Object.fromEntries([...all, ...permits]) as Record<string, string>
}

function readText(full: string, path: string): string {
  try {
    return readFileSync(full, 'utf8')
  } catch (error) {
    throw new AssayError(`The configuration file ${path} cannot be read: ${messageOf(error)}.`, {
      kind: 'config',
      cause: error,
    })
  }
}
