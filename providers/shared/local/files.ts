import { statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { AssayError } from '../../../src/model/error.ts'

/** The absolute path of a file, or a folder, that is there under a name; `undefined` where none is. */
export function pathOf(name: string, baseDir: string, kind: 'file' | 'folder'): string | undefined {
  const path = resolve(baseDir, name)
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  return isFolder === (kind === 'folder') ? path : undefined
}

/** Whether a name can be nothing but a path. */
export function isPath(name: string): boolean {
  return /^(?:\.{0,2}[/\\]|~|[a-z]:\\)/i.test(name)
}

/** @throws AssayError naming the option of which the file is not there */
export function requirePath(
  name: string,
  baseDir: string,
  { provider, option }: { readonly provider: string; readonly option: string },
): string {
  const path = pathOf(name, baseDir, 'file') ?? pathOf(name, baseDir, 'folder')
  if (path !== undefined) return path
  throw new AssayError(
    `${provider}: \`${option}\`: there is no '${name}' (${resolve(baseDir, name)}). ` +
      'A relative path starts at the folder of the eval file.',
    { kind: 'config', provider },
  )
}

/** A file's name, sizes and times: another state of it is another stamp. Of a folder, those of its files. */
export async function stampOf(path: string): Promise<readonly unknown[]> {
  const about = await stat(path)
  if (!about.isDirectory()) return [basename(path), about.size, about.mtimeMs]
  const names = (await readdir(path)).toSorted()
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(path, name))
      return [name, size, mtimeMs]
    }),
  )
  return [basename(path), ...files]
}
