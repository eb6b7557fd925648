import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/**
 * Reads the `.env` file of a folder into the environment. A variable that is set already stays as it is. Returns
 * the names of those that come from the file.
 */
export function loadEnvFile(
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): readonly string[] {
  const path = join(folder, '.env')
  if (!existsSync(path)) return []
  const loaded: string[] = []
  for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8')))) {
    if (env[name] !== undefined) continue
    env[name] = value
    loaded.push(name)
  }
  return loaded
}
