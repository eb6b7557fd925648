import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasManifest, upwards } from './folders.ts'
import { type Package, readPackage } from './manifest.ts'

/**
 * The packages whose dependencies count for a project: the nearest at or above its root and, in a monorepo, the
 * workspace's. Nearest first.
 *
 * @throws AssayError for a package.json that cannot be read
 */
export function declaringPackages(root: string): readonly Package[] {
  const nearest = [...upwards(root)].find((folder) => hasManifest(folder))
  if (nearest === undefined) return []
  const own = readPackage(nearest)
  if (isWorkspaceRoot(own)) return [own]
  for (const folder of upwards(dirname(nearest))) {
    if (!hasManifest(folder)) continue
    const above = readPackage(folder)
    if (isWorkspaceRoot(above)) return [own, above]
  }
  return [own]
}

function isWorkspaceRoot({ folder, manifest }: Package): boolean {
  return manifest.workspaces !== undefined || existsSync(join(folder, 'pnpm-workspace.yaml'))
}
