import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exports } from 'resolve.exports'
import { isFile } from './folders.ts'
import type { Package } from './manifest.ts'

/** Where the module of a subpath is, or why there is none. */
export type Resolved = { readonly url: string } | { readonly problem: string }

/** Resolves a subpath of a package, `.` or `./provider`, as an import of it would. */
export function resolveSubpath({ folder, manifest }: Package, subpath: string): Resolved {
  const target = targetOf(manifest, subpath)
  if (target === undefined) {
    return { problem: `\`${subpath}\` is not in \`exports\` of its package.json.` }
  }
  const file = join(folder, target)
  return isFile(file)
    ? { url: pathToFileURL(file).href }
    : { problem: `there is no file ${file}, which \`${subpath}\` of its package.json leads to.` }
}

function targetOf(manifest: Package['manifest'], subpath: string): string | undefined {
  if (manifest.exports) {
    try {
      return exports(manifest, subpath)?.[0]
    } catch {
      return undefined // it throws for each way in which the map has no such entry
    }
  }
  if (subpath !== '.') return subpath
  return typeof manifest.main === 'string' ? manifest.main : './index.js'
}
