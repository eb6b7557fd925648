import { isAbsolute, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { AssayError } from '../../src/model/error.ts'
import { askForNearest } from '../../src/model/nearest-file.ts'
import { findPackage } from '../../src/plugin/find-package.ts'
import { isFile } from '../../src/plugin/folders.ts'
import { isPath, partsOf } from '../../src/plugin/listed.ts'
import { readPackage } from '../../src/plugin/manifest.ts'
import { type Resolved, resolveSubpath } from '../../src/plugin/resolve-subpath.ts'

/**
 * URL of a module: of a file, by its path from a folder or its URL, or of a package that is installed for the folder.
 * `where` begins the errors. @throws AssayError `config` for what is not there, or could be two
 */
export function locate(module: string, folder: string, where: string): string {
  const failure = (problem: string) =>
    new AssayError(`${where}: \`module\`: ${problem}`, { kind: 'config' })
  const path = pathIn(module, folder)
  if (path === undefined) throw failure(`${module} is no URL of a file.`)
  if (isFile(path) && (isPath(module) || isURL(module))) return pathToFileURL(path).href
  if (isPath(module) || isURL(module)) {
    throw failure(`there is no file ${path}.${askForNearest(path, shown(path, folder))}`)
  }
  const packaged = inPackage(module, folder)
  if (!packaged && !isFile(path)) {
    throw failure(
      `there is no package "${module}", and no file ${path}.${askForFile(module, folder)}`,
    )
  }
  if (isFile(path)) {
    if (!packaged || 'problem' in packaged) return pathToFileURL(path).href
    const other = shown(fileURLToPath(packaged.url), folder)
    throw failure(
      `"${module}" is a file and a package; write "${shown(path, folder)}" for the file, or "${other}" for the package.`,
    )
  }
  if ('url' in packaged!) return packaged.url
  throw failure(`"${module}": ${packaged!.problem}`)
}

function isURL(module: string): boolean {
  return module.startsWith('file:')
}

function pathIn(module: string, folder: string): string | undefined {
  if (!isURL(module)) return resolve(folder, module)
  try {
    return fileURLToPath(module)
  } catch {
    return undefined // of another host, or no URL at all
  }
}

function inPackage(module: string, folder: string): Resolved | undefined {
  const { name, subpath } = partsOf(module)
  const found = findPackage(name, folder)
  return found === undefined ? undefined : resolveSubpath(readPackage(found), subpath)
}

/** The file that is probably meant by what looks like a package; `examples.my_handler` is one as Python has it. */
function askForFile(module: string, folder: string): string {
  const dotted = module.replaceAll('.', '/')
  const asks = [dotted, module].map((one) => askForNearest(resolve(folder, one), `./${one}`))
  return asks.find((ask) => ask !== '') ?? ''
}

/** A path as one would write it in a file of the folder. */
function shown(path: string, folder: string): string {
  const near = relative(folder, path)
  if (near.startsWith('..') || isAbsolute(near)) return path
  return `./${near.replaceAll(sep, '/')}`
}
