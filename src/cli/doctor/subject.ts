import { AssayError } from '../../model/error.ts'
import { explainOf, type ExplainedModel } from '../../provider/explain.ts'
import type { ModelHandle, ModelProvider } from '../../provider/provider.ts'
import type { ProviderSurroundings } from '../../provider/definition.ts'
import type { Providers } from '../../provider/providers.ts'
import type { ModelRole } from '../../provider/options/settle.ts'
import type { Env } from '../../provider/keys.ts'
import { reach, type Target } from './reach.ts'
import { rehearse, type Rehearsal } from './rehearse.ts'

/** A model that is asked for, and what for. */
export interface AskedModel {
  readonly spec: string
  readonly role: ModelRole
}

/** Where models are examined. */
export interface Room {
  /** All providers of the project, in these surroundings. */
  bind(surroundings: Partial<ProviderSurroundings>): Providers
  /** Those that send requests and start servers, each request once. */
  readonly live: Providers
  readonly env: Env
  /** What people call a source. */
  named(source: string): string
  /** Whether nothing may be sent. */
  readonly offline: boolean
  /** Whether models are seen to keep the contract. */
  readonly conformance: boolean
  /** Milliseconds that each request may take. */
  readonly timeout: number
}

/** A model under examination: what is known of it before anything is sent. */
export interface Subject extends AskedModel {
  readonly provider: ModelProvider
  readonly modelName: string
  /** Nothing for a provider that does not tell. */
  readonly explained: ExplainedModel | undefined
  readonly rehearsal: Rehearsal
  /** What keeps connections from being made. */
  readonly unreached: AssayError | undefined
  /** What says that there is no key, where that alone is in the way. */
  readonly keyless: AssayError | undefined
  setup(): Promise<ModelHandle>
}

/** Finds out what is known of a model. @throws AssayError for a name or options that are wrong, and where its set-up throws */
export async function findSubject({ spec, role }: AskedModel, room: Room): Promise<Subject> {
  const { provider, modelName } = room.live.find(spec)
  const explained = await explainOf(provider)?.(modelName, { role })
  const setup = (providers: Providers) => providers.setup(spec, {}, { role })
  let unreached: AssayError | undefined

  async function tryToReach(target: Target): Promise<void> {
    unreached = undefined
    try {
      await reach(target, room.timeout)
    } catch (error) {
      unreached = error as AssayError
      throw error
    }
  }

  const rehearsal = await rehearse({
    bind: room.bind,
    setup,
    ...(!room.offline && !isProxied(room.env) && { reach: tryToReach }),
  })
  const { error } = rehearsal
  if (AssayError.is(error) && error.kind === 'setup') throw error
  const keyless =
    isConfig(error) && (await worksWithKey(provider.name, { bind: room.bind, setup }))
      ? error
      : undefined
  if (isConfig(error) && !keyless) throw error
  return {
    spec,
    role,
    provider,
    modelName,
    explained,
    rehearsal,
    unreached,
    keyless,
    setup: () => setup(room.live),
  }
}

/** Whether requests go through a proxy, so that their servers need not be reached from here. */
export function isProxied({ NODE_USE_ENV_PROXY }: Env): boolean {
  return NODE_USE_ENV_PROXY === '1' // what Node's `fetch` goes by
}

function isConfig(error: unknown): error is AssayError {
  return AssayError.is(error) && error.kind === 'config'
}

/** Whether any key is all that is missing. Nothing is sent with it. */
async function worksWithKey(
  provider: string,
  { bind, setup }: Pick<Parameters<typeof rehearse>[0], 'bind' | 'setup'>,
): Promise<boolean> {
  const keys = { [provider]: ['any-key'] }
  const { error } = await rehearse({
    bind: (surroundings) => bind({ ...surroundings, keys }),
    setup,
  })
  return error === undefined
}
