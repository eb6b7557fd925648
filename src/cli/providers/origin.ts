import type { FoundProvider } from '../../provider/found-provider.ts'
import { baseVariable, type Env } from '../../provider/keys.ts'
import type { ModelProvider } from '../../provider/provider.ts'
import { findPackage } from '../../plugin/find-package.ts'
import { readPackage } from '../../plugin/manifest.ts'

/** Who brings a provider. */
export interface Origin {
  readonly kind: 'built-in' | 'package' | 'file' | 'environment'
  /** The package, the file as it is listed, or the variable; `null` of what is built in. */
  readonly source: string | null
  /** Of a package. */
  readonly version: string | null
}

interface OriginPlace {
  /** Providers without those of the environment: what packages bring, what is built in, what is listed. */
  readonly own: readonly ModelProvider[]
  readonly builtIn: readonly ModelProvider[]
  readonly found: readonly FoundProvider[]
  readonly project: {
    readonly root: string
    readonly env: Env
    readonly named: (source: string) => string
  }
}

const BUILT_IN: Origin = { kind: 'built-in', source: null, version: null }

/** Who brings the provider that a name stands for: of several of one name the last holds. */
export function originOf(name: string, { own, builtIn, found, project }: OriginPlace): Origin {
  const index = own.findLastIndex((one) => one.name === name)
  const provider = own[index]
  if (!provider) return ofVariable(name, project)
  if (builtIn.includes(provider)) return BUILT_IN
  const listed = found.filter((one) => one.listed)
  const one =
    listed[index - (own.length - listed.length)] ?? found.find((each) => each.name === name)
  return one ? ofFound(one, project.root) : BUILT_IN
}

function ofVariable(name: string, { env, named }: OriginPlace['project']): Origin {
  const variable = baseVariable(env, [name])
  return {
    kind: 'environment',
    source: variable ? named(variable.name) : null,
    version: null,
  }
}

function ofFound({ origin }: FoundProvider, root: string): Origin {
  const [, name] = /^package (.+)$/.exec(origin) ?? []
  if (name === undefined) return { kind: 'file', source: origin, version: null }
  return { kind: 'package', source: name, version: versionOf(name, root) }
}

function versionOf(entry: string, root: string): string | null {
  const name = entry.split('/', entry.startsWith('@') ? 2 : 1).join('/')
  const folder = findPackage(name, root)
  const { version } = folder === undefined ? {} : (readPackage(folder).manifest as VersionOf)
  return typeof version === 'string' ? version : null
}

interface VersionOf {
  readonly version?: unknown
}
