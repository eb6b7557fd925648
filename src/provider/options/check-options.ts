import { AssayError } from '../../model/error.ts'
import { describerOf } from '../../model/issues.ts'
import { type StandardSchemaV1, validate } from '../../model/standard-schema.ts'
import { CALL, type SettledModel } from './settle.ts'

/** A provider's own options. */
interface OwnerOf<Options> {
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a schema's input is whatever the library says
  readonly options?: StandardSchemaV1<any, Options>
}

/** Checks options, however many places they come from. @throws AssayError naming the place of what is wrong */
export async function checkOptions<Options extends object>(
  { name, options: schema }: OwnerOf<Options>,
  { options, origins }: Pick<SettledModel, 'options' | 'origins'>,
): Promise<Options> {
  const placeOf = (option: unknown) => {
    const { source, at = source } = origins.get(String(option)) ?? {}
    return at === undefined || at === CALL ? `${name}: options` : `${at}: ${name}: options`
  }
  if (schema) {
    const describe = describerOf(schema)
    const where = (path: readonly unknown[]) => placeOf(path[0])
    return validate(schema, options, { where, kind: 'config', describe })
  }
  const [unknown] = Object.keys(options)
  if (unknown === undefined) return options as Options
  throw new AssayError(`${placeOf(unknown)}: expected none, got \`${unknown}\`.`, {
    kind: 'config',
  })
}
