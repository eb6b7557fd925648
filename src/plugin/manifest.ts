import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AssayError, messageOf } from '../model/error.ts'

/** What matters here of a package.json. It is somebody else's: nothing in it is sure. */
export interface Manifest {
  readonly name?: unknown
  readonly exports?: unknown
  readonly main?: unknown
  readonly workspaces?: unknown
  readonly dependencies?: unknown
  readonly devDependencies?: unknown
  readonly optionalDependencies?: unknown
  readonly peerDependencies?: unknown
  /** What the package brings: `{ providers: { acme: './provider' } }`. */
  readonly assay?: unknown
}

/** A folder with a package.json. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

/** @throws AssayError for a package.json that cannot be read, or is no JSON object */
export function readPackage(folder: string): Package {
  const file = join(folder, 'package.json')
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isObject(manifest)) return { folder, manifest }
    throw new Error('it is no object')
  } catch (error) {
    const message = `${file} cannot be read: ${messageOf(error)}`
    throw new AssayError(message, { kind: 'config', cause: error })
  }
}

/** Names of all packages that a package depends on itself. */
export function dependenciesOf({ manifest }: Package): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest
  const all = [dependencies, devDependencies, optionalDependencies, peerDependencies]
  return [...new Set(all.flatMap((one) => (isObject(one) ? Object.keys(one) : [])))]
}

/** Whether a value of JSON is an object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
