import { inTime } from '../../testing/outcome.ts'

/** Requests end by themselves and say more of it; what is past the seam ends here. */
export const GRACE = 1000

/** Waits as long as so many requests may take. @throws Error that names `what` was slower */
export function within<T>(
  what: string,
  { timeout }: { readonly timeout: number },
  call: Promise<T>,
  calls: number = 1,
): Promise<T> {
  return inTime(what, calls * timeout + GRACE, call)
}
