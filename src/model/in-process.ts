/**
 * What all copies of this package in a process share: the package of a provider may bring a copy of its own. The
 * number in the name is raised when what is kept there is no longer understood by the others.
 */
export function inProcess<T>(name: string, create: () => T): T {
  const kept = globalThis as { [key: symbol]: T | undefined }
  return (kept[Symbol.for(`vitest-assay.${name}`)] ??= create())
}
