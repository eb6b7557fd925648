import { inProcess } from '../model/in-process.ts'

type Import = (url: string) => Promise<unknown>

/** Kept for the whole worker: Vitest runs its setup file apart from the modules that the evals import. */
const importing = inProcess<{ by: Import }>('import/1', () => ({ by: (url) => import(url) }))

/**
 * Imports a module by its URL: in the evals project as an import of an eval file would, with TypeScript and the
 * aliases of the project, and elsewhere as Node does.
 */
export function importModule(url: string): Promise<unknown> {
  return importing.by(url)
}

/** Says how modules are imported here. */
export function importBy(by: Import): void {
  importing.by = by
}
