import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { AssayError, messageOf } from '../../model/error.ts'
import { describeIssues } from '../../model/issues.ts'
import { readConfig } from './read.ts'
import type { AssayConfig } from './config.ts'
import { expandSettings } from './expand.ts'
import { nameFields } from './names.ts'
import { parseConfig } from './parse.ts'
import { configSchema } from './schema.ts'
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
    warnings: findLiteralKeys(named),
  }
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
