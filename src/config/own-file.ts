import { fileURLToPath } from 'node:url'

/** Path of an entry of this package that Vitest loads by itself: in the build, or among the sources. */
export function ownFile(name: string, source: string): string {
  const here = import.meta.url
  return fileURLToPath(new URL(here.endsWith('.ts') ? source : `./${name}.mjs`, here))
}
