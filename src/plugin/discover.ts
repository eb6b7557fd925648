import { messageOf } from '../model/error.ts'
import { declaringPackages } from './declaring.ts'
import { findPackage } from './find-package.ts'
import { dependenciesOf, type Package, readPackage } from './manifest.ts'
import { type PackageProvider, providersIn } from './package-providers.ts'

/**
 * The providers of the packages that a project depends on itself. Of two with one name the nearer package.json
 * decides; where one names both packages, neither is taken.
 */
export function discover(root: string): readonly PackageProvider[] {
  const found = new Map<string | null, PackageProvider>()
  const nameless: PackageProvider[] = []
  const seen = new Set<string>()
  for (const declaring of declaringPackages(root)) {
    const dependencies = dependenciesOf(declaring).filter((name) => !seen.has(name))
    for (const name of dependencies) seen.add(name)
    const own = dependencies.flatMap((name) => providersOf(name, declaring))
    for (const [name, providers] of Map.groupBy(own, (one) => one.name)) {
      if (name === null) nameless.push(...providers)
      else if (!found.has(name)) found.set(name, onlyOf(name, providers))
    }
  }
  return [...nameless, ...found.values()]
}

function providersOf(name: string, { folder: from }: Package): readonly PackageProvider[] {
  const folder = findPackage(name, from)
  if (folder === undefined) return []
  try {
    return providersIn(name, readPackage(folder))
  } catch (error) {
    return [{ name: null, origin: `package ${name}`, problem: messageOf(error) }]
  }
}

function onlyOf(name: string, [first, ...others]: readonly PackageProvider[]): PackageProvider {
  if (others.length === 0) return first!
  const origins = [first!, ...others].map(({ origin }) => origin)
  return {
    name,
    origin: origins.join(' and '),
    problem: `they all have a provider \`${name}\`; list the one that is meant in \`providers\` of evals().`,
  }
}
