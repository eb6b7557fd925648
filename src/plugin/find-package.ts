import { realpathSync } from 'node:fs'
import nodeModule from 'node:module'
import { join, sep } from 'node:path'
import { hasManifest, upwards } from './folders.ts'

/** The part of Yarn's Plug'n'Play API that finds a package. */
interface PnpApi {
  resolveToUnqualified(request: string, issuer: string): string | null
}

/**
 * Folder of a package as the files of `from` would import it; none where it is not installed. Packages that hide
 * their package.json behind `exports` are found, too.
 */
export function findPackage(name: string, from: string): string | undefined {
  const pnp = pnpOf(from)
  if (pnp) return inPnp(pnp, name, from)
  for (const folder of upwards(from)) {
    const candidate = join(folder, 'node_modules', name)
    if (hasManifest(candidate)) return realpathSync(candidate) // pnpm and workspaces have links
  }
  return undefined
}

/** A dependency that is optional or a peer may be missing, which is an error in this API. */
function inPnp(pnp: PnpApi, name: string, from: string): string | undefined {
  try {
    return pnp.resolveToUnqualified(name, from + sep) ?? undefined
  } catch {
    return undefined
  }
}

/** The API of the Plug'n'Play project that a folder is part of. Yarn adds the way to it to Node's own module. */
function pnpOf(folder: string): PnpApi | undefined {
  const { findPnpApi } = nodeModule as { findPnpApi?: (path: string) => PnpApi | null }
  return findPnpApi?.(folder + sep) ?? undefined
}
