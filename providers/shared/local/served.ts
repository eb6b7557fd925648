import { AssayError } from '../../../src/model/error.ts'
import type { Client } from '../remote/client.ts'
import type { LocalProtocol, ServedModel } from './protocol.ts'

/** The models that a server lists. */
export async function servedBy(
  client: Client,
  { models, parseModels }: Pick<LocalProtocol<never>, 'models' | 'parseModels'>,
): Promise<readonly ServedModel[]> {
  return parseModels(await client.get(models), client.server)
}

/** Whether a name in the list is the model that is wanted. */
export type Matches = (listed: string, wanted: string) => boolean

/** The listed name of a model. @throws AssayError saying what is served in its place */
export function requireListed(
  listed: readonly ServedModel[],
  wanted: string,
  { matches, where, remedy }: { matches: Matches; where: Served; remedy: string },
): string {
  const names = listed.flatMap(({ id, aliases = [] }) => [id, ...aliases])
  const found = names.find((name) => name === wanted) ?? names.find((name) => matches(name, wanted))
  if (found !== undefined) return found
  const others = listed.map(({ id }) => `'${id}'`).join(', ')
  throw new AssayError(
    `${where.provider}: ${where.server} does not serve '${wanted}'; it serves ${others || 'no model'}. ${remedy}`,
    { kind: 'not_found', provider: where.provider },
  )
}

interface Served {
  readonly provider: string
  /** For people. */
  readonly server: string
}
