import { AssayError, type ErrorKind } from '../../model/error.ts'
import type { Front } from '../members/behind.ts'
import type { Place } from './ask-pool.ts'

/** Whether another model may do better, after an error of this kind. */
export const movesOn: Readonly<Record<ErrorKind, boolean>> = {
  rate_limit: true,
  quota: true,
  auth: true,
  forbidden: true,
  not_found: true,
  context_window: true,
  timeout: true,
  network: true,
  server: true,
  parse: true,
  setup: true,
  // the fault is the request's, or nobody's
  invalid_request: false,
  content_filter: false,
  cancelled: false,
  config: false,
  internal: false,
}

/** The error of a call that all have failed who may be asked. */
export function allFailed(
  { provider, name }: Front,
  errors: readonly AssayError[],
  attempts: number,
): AssayError {
  const last = errors.at(-1)!
  if (errors.length === 1) return last
  const all = errors.map(({ servedBy, message }) => `${servedBy}: ${message}`).join(' ')
  const { kind, servedBy } = last
  return new AssayError(`${provider}/${name}: none of its models has answered. ${all}`, {
    kind,
    provider,
    servedBy,
    attempts,
    cause: new AggregateError(errors),
  })
}

/** The error of a call that has waited long enough for somebody who may be asked. */
export function closed(
  { provider, name }: Front,
  places: readonly Pick<Place, 'member' | 'breaker'>[],
  now: number,
): AssayError {
  const all = places.map(({ member, breaker }) => {
    const at = breaker.admitsAt()
    const when = at === null ? 'is being tried' : `is tried in ${Math.ceil((at - now) / 1000)} s`
    const issues = member.health.status().issues.join('; ')
    return `${member.name} ${when}${issues && ` (${issues})`}`
  })
  return new AssayError(
    `${provider}/${name}: no model may be asked, since they failed again and again: ${all.join(', ')}.`,
    { kind: 'server', provider, attempts: 0 },
  )
}
