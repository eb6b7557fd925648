import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../model/error.ts'
import type { FoundProvider } from '../provider/found-provider.ts'
import { discover } from './discover.ts'
import { listedProviders, type ListPlace } from './listed.ts'
import type { PackageProvider } from './package-providers.ts'

/** Packages and files as one place lists them. */
export interface ProviderList extends ListPlace {
  readonly entries: readonly string[]
}

export interface ProviderSearch {
  /** Folder of the project, whose dependencies are looked through. */
  readonly root: string
  /** Packages and files whose providers go before all others. */
  readonly lists: readonly ProviderList[]
  /** Whether dependencies are looked through. */
  readonly discover: boolean
}

export interface Search {
  readonly found: readonly FoundProvider[]
  /** What is wrong with packages that the project has not asked for. */
  readonly warnings: readonly string[]
}

/** Finds the providers of other packages and of files. No code is loaded. @throws AssayError for a wrong list */
export function findProviders({ root, lists, discover: isOn }: ProviderSearch): Search {
  const listed = lists.flatMap((list) => allOf(list)).filter(isFirst)
  const isNew = ({ name, origin }: PackageProvider) =>
    !listed.some((one) => one.origin === origin || (name !== null && one.name === name))
  const { providers, problems } = isOn ? lookThrough(root) : nothing
  const discovered = providers.filter((one) => isNew(one))
  const broken = discovered.flatMap((one) => ('problem' in one ? [describe(one)] : []))
  return {
    found: [
      ...discovered.filter(({ name }) => name !== null).map((one) => ({ ...one, listed: false })),
      ...listed.map((one) => ({ ...one, listed: true })),
    ],
    warnings: [...problems, ...broken],
  }
}

function allOf({ entries, ...place }: ProviderList): readonly PackageProvider[] {
  return entries.flatMap((entry) => listedProviders(entry, place))
}

/** Two places may list the same. */
function isFirst(one: PackageProvider, index: number, all: readonly PackageProvider[]): boolean {
  return all.findIndex((other) => isDeepStrictEqual(other, one)) === index
}

interface Discovered {
  readonly providers: readonly PackageProvider[]
  /** What keeps the dependencies from being looked through. */
  readonly problems: readonly string[]
}

const nothing: Discovered = { providers: [], problems: [] }

function lookThrough(root: string): Discovered {
  try {
    return { providers: discover(root), problems: [] }
  } catch (error) {
    return { providers: [], problems: [`No providers were looked for: ${messageOf(error)}`] }
  }
}

function describe({ origin, problem }: PackageProvider & { readonly problem: string }): string {
  return `${origin}: ${problem}`
}
