import { inspect } from 'node:util'
import { expect } from 'vitest'
import { AssayError } from '../../src/model/error.ts'

/** The error of a call, which shows none of the secrets in anything that a report could print of it. */
export async function failureOf(
  call: Promise<unknown>,
  ...secrets: readonly string[]
): Promise<AssayError> {
  const error = await call.then(
    () => expect.fail('the call did not fail'),
    (reason: unknown) => reason,
  )
  expect(AssayError.is(error), inspect(error)).toBe(true)
  for (const secret of secrets) expect(inspect(error, { depth: 9 })).not.toContain(secret)
  return error as AssayError
}
