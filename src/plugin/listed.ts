import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AssayError } from '../model/error.ts'
import { askForNearest } from '../model/nearest-file.ts'
import { findPackage } from './find-package.ts'
import { isFile } from './folders.ts'
import { type Package, readPackage } from './manifest.ts'
import { type PackageProvider, providersIn } from './package-providers.ts'
import { resolveSubpath } from './resolve-subpath.ts'

/** Where providers are listed. */
export interface ListPlace {
  /** For people: `evals()`, or file, line and column. */
  readonly where: string
  /** Folder that files are relative to, and packages are installed for. */
  readonly folder: string
}

/**
 * The providers of an entry of `providers`: a package, a subpath of one, or a file.
 *
 * @throws AssayError when it is none of these, or could be two
 */
export function listedProviders(entry: string, place: ListPlace): readonly PackageProvider[] {
  const failure = (problem: string) =>
    new AssayError(`${place.where}: \`providers\`: "${entry}": ${problem}`, { kind: 'config' })
  const file = resolve(place.folder, entry)
  if (isPath(entry)) {
    if (isFile(file)) return [ofFile(entry, file)]
    throw failure(`there is no file ${file}.${askForNearest(file, entry)}`)
  }
  const { name, subpath } = partsOf(entry)
  const folder = findPackage(name, place.folder)
  if (folder === undefined) {
    if (isFile(file)) return [ofFile(entry, file)]
    throw failure(
      `there is no such package, and no file ${file}; is it installed?${askForNearest(file, `./${entry}`)}`,
    )
  }
  if (isFile(file)) {
    throw failure(`this is a package and a file; write "./${entry}" for the file.`)
  }
  return ofPackage(entry, subpath, readPackage(folder))
}

/** Whether an entry can be nothing but a file. */
export function isPath(entry: string): boolean {
  return /^\.{1,2}[/\\]/.test(entry) || isAbsolute(entry)
}

/** The package that an entry names, and what of it. */
export function partsOf(entry: string): { readonly name: string; readonly subpath: string } {
  const [first = '', second = '', ...rest] = entry.split('/')
  return first.startsWith('@')
    ? { name: `${first}/${second}`, subpath: ['.', ...rest].join('/') }
    : { name: first, subpath: ['.', ...(second ? [second] : []), ...rest].join('/') }
}

function ofFile(entry: string, file: string): PackageProvider {
  return { name: null, origin: entry, url: pathToFileURL(file).href }
}

/** A package that names no providers may be one itself. */
function ofPackage(entry: string, subpath: string, from: Package): readonly PackageProvider[] {
  const named = subpath === '.' ? providersIn(entry, from) : []
  if (named.length > 0) return named
  return [{ name: null, origin: `package ${entry}`, ...resolveSubpath(from, subpath) }]
}
