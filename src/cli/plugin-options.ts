import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { PluginApi } from '../config/evals.ts'
import type { EvalsOptions } from '../config/options.ts'
import { AssayError, messageOf } from '../model/error.ts'

export interface FoundOptions {
  readonly options: EvalsOptions
  /** What people call the place. */
  readonly source: string
}

/** Names of the file that has the plugin in it. */
export const NAMES: readonly string[] = ['vitest.config', 'vite.config'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((ending) => `${name}.${ending}`),
)

/** The options of `evals()` in the Vitest config of a folder; none where there is no config, or no plugin in it. */
export async function pluginOptions(folder: string): Promise<FoundOptions> {
  const path = NAMES.map((name) => join(folder, name)).find((one) => existsSync(one))
  if (!path) return { options: {}, source: 'evals()' }
  const source = `evals() in ${basename(path)}`
  try {
    const { createViteServer } = await import('vitest/node')
    const server = await createViteServer({
      root: folder,
      configFile: path,
      logLevel: 'silent', // what is wrong is said below, once
      server: { middlewareMode: true, watch: null, ws: false },
      optimizeDeps: { noDiscovery: true },
    })
    const plugin = server.config.plugins.find(({ name }) => name === 'vitest-assay')
    await server.close()
    return { options: (plugin?.api as PluginApi | undefined)?.options ?? {}, source }
  } catch (error) {
    throw new AssayError(`${basename(path)} cannot be loaded: ${messageOf(error)}`, {
      kind: 'config',
      cause: error,
    })
  }
}
