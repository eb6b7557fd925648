import { dirname } from 'node:path'
import type { ProviderList } from '../plugin/find-providers.ts'
import type { AssayConfig } from './file/config.ts'
import type { EvalsOptions } from './options.ts'

/** The providers that a project lists: those of the plugin's options, and those of the configuration file. */
export function listsOf(
  { providers: entries }: EvalsOptions,
  configDir: string,
  file: AssayConfig | undefined,
): readonly ProviderList[] {
  const lists: ProviderList[] = []
  if (entries) lists.push({ where: 'evals()', folder: configDir, entries })
  if (file?.providers) {
    const { path, places, providers } = file
    lists.push({ where: places['providers'] ?? path, folder: dirname(path), entries: providers })
  }
  return lists
}
