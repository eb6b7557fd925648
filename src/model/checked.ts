import * as v from 'valibot'
import { AssayError } from './error.ts'
import { describeIssues } from './issues.ts'

/** Checks what somebody is given. @throws AssayError `config` with everything that is wrong, and who was given it */
export function checked<Output>(
  caller: string,
  schema: v.GenericSchema<unknown, Output>,
  given: unknown,
): Output {
  const { success, output, issues } = v.safeParse(schema, given)
  if (success) return output
  throw new AssayError(`${caller}: ${describeIssues(issues, schema)}.`, { kind: 'config' })
}
