import { distance } from 'fastest-levenshtein'
import type { InFlight } from '../broker/desk/waits.ts'
import type { RunRequests } from './run-requests.ts'

const FEW = 2

/**
 * Options whose name nearly is that of a provider or model which the run asked: a misspelled limit is no
 * limit at all. Names of what this run did not ask are left alone.
 */
export function misnamed(
  { permits, limits = {}, plan }: Pick<RunRequests, 'permits' | 'limits' | 'plan'>,
  { providers, models }: Pick<InFlight, 'providers' | 'models'>,
): string[] {
  const asked = [...Object.keys(providers), ...Object.keys(models)]
  const options = { concurrency: permits, limits, requests: plan.settings }
  return Object.entries(options).flatMap(([option, values]) =>
    Object.keys(values).flatMap((name) => {
      if (name === 'default' || asked.includes(name)) return []
      const meant = asked.find((one) => one.endsWith(`/${name}`) || distance(one, name) <= FEW)
      return meant === undefined
        ? []
        : [`\`${option}\`: "${name}" is no provider or model of this run; did you mean "${meant}"?`]
    }),
  )
}
