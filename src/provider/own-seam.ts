import { createDesk } from '../broker/desk.ts'
import { createSeam, type Seam } from '../request/seam.ts'

let seam: Seam | undefined

/** The seam of providers that are used by themselves, outside of a run and of `createProviders`. */
export const ownSeam: Seam = (endpoint) => {
  seam ??= createSeam({ desk: createDesk() })
  return seam(endpoint)
}
