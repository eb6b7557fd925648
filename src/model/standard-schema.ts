import { AssayError, type ErrorKind } from './error.ts'

/** A schema of any library that follows https://standardschema.dev, version 1. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema makes of a value. */
export type OutputOf<S extends StandardSchemaV1> = NonNullable<S['~standard']['types']>['output']

/** Returns what the schema makes of `value`. @throws AssayError with every issue and its path */
export async function validate<Output>(
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  schema: StandardSchemaV1<any, Output>,
  value: unknown,
  { where, kind, describe = inItsOwnWords }: ValidateOptions,
): Promise<Output> {
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return result.value
  const placeOf = typeof where === 'string' ? () => where : where
  const byPlace = Map.groupBy(result.issues, (issue) => placeOf(pathOf(issue)))
  const said = [...byPlace].map(([place, issues]) => `${place}: ${describe(issues)}`)
  throw new AssayError(said.join('; '), { kind })
}

interface ValidateOptions {
  /** The place of the value, or of what is at a path in it. */
  readonly where: string | ((path: readonly PropertyKey[]) => string)
  readonly kind: ErrorKind
  /** @default the messages of the schema */
  readonly describe?: Describe | undefined
}

/** Says what is wrong with a value. */
export type Describe = (issues: readonly StandardIssue[]) => string

function inItsOwnWords(issues: readonly StandardIssue[]): string {
  const all = issues.map((issue) => {
    const at = pathOf(issue).map(String).join('.')
    return at ? `\`${at}\`: ${issue.message}` : issue.message
  })
  return all.join('; ')
}

function pathOf({ path = [] }: Partial<StandardIssue>): PropertyKey[] {
  return path.map((part) => (typeof part === 'object' ? part.key : part))
}
