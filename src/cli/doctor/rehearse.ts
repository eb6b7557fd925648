import type { ServerNeed } from '../../model/lease.ts'
import { isModel } from '../../model/model.ts'
import type { Secret } from '../../model/secret.ts'
import type { ProviderSurroundings } from '../../provider/definition.ts'
import type { ModelHandle } from '../../provider/provider.ts'
import type { Providers } from '../../provider/providers.ts'
import type { Endpoint } from '../../request/endpoint.ts'
import type { Target } from './reach.ts'

/** What a model would do. */
export interface Rehearsal {
  /** The keys that its requests would carry. */
  readonly keys: readonly Secret[]
  /** Where its requests would go; nothing for a model whose requests cannot be seen, or that sends none. */
  readonly target: Target | undefined
  /** Whether it asks its server when it is set up already, and so sees whether the model is there. */
  readonly asksAtSetup: boolean
  /** The local server that would be started. */
  readonly need: ServerNeed | undefined
  /** What keeps it from being set up, before anything is sent. */
  readonly error: unknown
}

export interface RehearsalOptions {
  /** Binds all providers to these surroundings. */
  bind(surroundings: Partial<ProviderSurroundings>): Providers
  /** Sets the model up. */
  setup(providers: Providers): Promise<ModelHandle>
  /**
   * Called with where a request would go. Where it rejects, the provider may try something else, as to start a server.
   * @default nobody asks
   */
  readonly reach?: (target: Target) => Promise<void>
}

/** Ends a set-up, or a call, that knows where to send its request. */
class Unsent extends Error {}

/** Sets a model up and calls it in surroundings that send nothing and start nothing, and notes what it asks of them. */
export async function rehearse({
  bind,
  setup,
  reach = async () => {},
}: RehearsalOptions): Promise<Rehearsal> {
  const endpoints: Endpoint[] = []
  const asked: { target?: Target; need?: ServerNeed } = {}

  const providers = bind({
    seam(endpoint) {
      if (Object.keys(endpoint).length > 1) endpoints.push(endpoint) // each provider has one that says nothing
      return async (url) => {
        const { provider, tls } = endpoint
        asked.target = { provider, url: new URL(url instanceof Request ? url.url : url), tls }
        await reach(asked.target)
        throw new Unsent('Nothing is sent in a rehearsal.')
      }
    },
    leases: {
      async lease(need) {
        asked.need = need
        throw new Unsent('No server is started in a rehearsal.')
      },
    },
  })

  let error: unknown
  let asksAtSetup = true
  try {
    const { model } = await setup(providers)
    asksAtSetup = false
    // one that has no endpoint would answer by itself
    if (endpoints.length > 0 && isModel(model)) await model.generate('Hi')
  } catch (thrown) {
    error = thrown
  } finally {
    await providers.teardownAll()
  }
  const { target, need } = asked
  const isSeen = target !== undefined || need !== undefined
  return {
    keys: endpoints.findLast(({ keys = [] }) => keys.length > 0)?.keys ?? [],
    target: need ? undefined : target,
    asksAtSetup,
    need,
    error: isSeen ? undefined : error,
  }
}
