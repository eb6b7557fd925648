import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AssayError } from '../../model/error.ts'

/** Names of the file, of which a project has one. */
export const CONFIG_NAMES = ['assay.config.yaml', 'assay.config.yml', 'assay.config.json'] as const

/** The configuration file in a folder, if there is one. @throws AssayError where there are several */
export function findConfig(folder: string): string | undefined {
  const [path, other] = CONFIG_NAMES.map((name) => join(folder, name)).filter((one) =>
    existsSync(one),
  )
  if (other === undefined) return path
  throw new AssayError(`There are ${path} and ${other}; keep one of them.`, { kind: 'config' })
}
