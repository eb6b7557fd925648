import type { Env } from '../../../src/provider/keys.ts'
import { parseBaseURL } from './endpoint.ts'
import { type Vendor, vendorBaseURL } from './vendors.ts'

/** Where the base URL of a vendor's API may come from. */
interface BaseURLSources {
  /** What the set-up gives. */
  readonly given: string | undefined
  /** The option that gives it. @default 'baseURL' */
  readonly option?: string | undefined
  readonly env: Env
  /** The vendor's own. */
  readonly own: string
}

/** The base URL that a set-up gives, else that of the environment, else the vendor's own. */
export function baseURLFrom(
  vendor: Vendor,
  { given, option = 'baseURL', env, own }: BaseURLSources,
): URL {
  if (given === undefined) return vendorBaseURL(vendor, env, own)
  return parseBaseURL(given, `${vendor.name}: \`${option}\``)
}
