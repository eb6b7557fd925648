import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A folder and those above it, nearest first. */
export function* upwards(folder: string): Generator<string, void, void> {
  yield folder
  const parent = dirname(folder)
  if (parent !== folder) yield* upwards(parent)
}

export function hasManifest(folder: string): boolean {
  return existsSync(join(folder, 'package.json'))
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
