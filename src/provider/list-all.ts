import { AssayError } from '../model/error.ts'
import type { DefinedModel } from './options/models-variable.ts'
import type { ListedModel } from './provider.ts'

/**
 * The models that `NAME_MODELS` defines, and those that the server lists besides. A server without a list is an
 * error only where nothing is defined.
 */
export async function listAll(
  defined: readonly DefinedModel[],
  list: () => Promise<readonly ListedModel[]>,
): Promise<readonly ListedModel[]> {
  const listed = await list().catch((error: unknown) => {
    const hasNone = AssayError.is(error) && error.kind === 'not_found'
    if (hasNone && defined.length > 0) return []
    throw error
  })
  const ids = new Set(defined.map(({ id }) => id))
  return [
    ...defined.map(({ id, name }) => ({
      ...listed.find((one) => one.id === id),
      id,
      ...(name !== id && { name }),
    })),
    ...listed.filter(({ id }) => !ids.has(id)),
  ]
}
