import type { FoundProvider } from '../provider/found-provider.ts'
import { isObject, type Package } from './manifest.ts'
import { type Resolved, resolveSubpath } from './resolve-subpath.ts'

/** A provider of a package, before it is known who asks for it. */
export type PackageProvider = Resolved & Pick<FoundProvider, 'name' | 'origin'>

const EXAMPLE = '{ "providers": { "acme": "./provider" } }'

/**
 * The providers that a package names under `assay` in its package.json. What is wrong there is a problem of the
 * provider, or of one without a name. No code is loaded.
 */
export function providersIn(
  packageName: string,
  { folder, manifest }: Package,
): readonly PackageProvider[] {
  const origin = `package ${packageName}`
  const { assay } = manifest
  if (assay === undefined) return []
  const providers = isObject(assay) ? assay['providers'] : null
  if (providers === undefined) return [] // it brings something else
  if (!isObject(providers)) {
    const problem = `\`assay\` of its package.json: expected an object, as ${EXAMPLE}.`
    return [{ name: null, origin, problem }]
  }
  return Object.entries(providers).map(([name, subpath]) => ({
    name,
    origin,
    ...(problemOf(name, subpath) ?? resolveSubpath({ folder, manifest }, subpath as string)),
  }))
}

/** A spec ends the name at its first slash, and variables of the environment begin with it. */
const NAME = /^[a-z\d][a-z\d_-]*$/

function problemOf(name: string, subpath: unknown): Resolved | undefined {
  if (!NAME.test(name)) {
    const expected = 'a name has lower-case letters, digits, dashes and underscores'
    return { problem: `the provider "${name}" of its package.json: ${expected}.` }
  }
  if (typeof subpath === 'string' && /^\.(?:\/.+)?$/.test(subpath)) return undefined
  return {
    problem: `\`assay.providers.${name}\` of its package.json: expected one of its \`exports\`, as "./provider".`,
  }
}
