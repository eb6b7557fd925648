import { createDesk } from '../broker/desk.ts'
import type { Leases } from '../model/lease.ts'
import type { Model } from '../model/model.ts'
import type { Desk } from '../model/permit.ts'
import { bindProvider } from '../provider/define-provider.ts'
import { ownLeases } from '../provider/own-leases.ts'
import type { ListedModel, ModelHandle, ModelProvider } from '../provider/provider.ts'
import type { RequestSettings } from '../request/endpoint.ts'
import { createSeam, type Seam } from '../request/seam.ts'
import type { Contract } from './check-contract.ts'
import { withoutChildren } from './children.ts'
import { inTime } from './outcome.ts'
import { type Handler, SEAM_HEADER, serve, type TestServer } from './server.ts'

/** The key that the provider gets, short enough for V8 to show it in an error of JSON.parse. */
export const KEY = 'sk-contract-12345678'

/** US dollars for a million tokens. */
export const PRICE = { input: 1, output: 2 } as const

/** What one check works on: a server, the provider bound to a seam of its own, and a model. */
export interface Stage extends AsyncDisposable {
  readonly server: TestServer
  readonly provider: ModelProvider
  readonly handle: ModelHandle
  readonly model: Model
  setup(): Promise<ModelHandle>
  listModels(): Promise<readonly ListedModel[]>
  /** Waits as long as the contract allows for so many calls. @throws Error that names `what` was slower */
  inTime<T>(what: string, call: Promise<T>, calls?: number): Promise<T>
}

export interface StageOptions {
  /** @default holds each request until the check answers it */
  readonly handler?: Handler
  readonly settings?: RequestSettings
  /** Cuts the body of a response into the chunks that the provider reads. */
  readonly cut?: Cut
}

export type Cut = (body: string) => Iterable<Uint8Array>

/** Holds each request until the check answers it. */
const hold: Handler = () => {}

export async function createStage(
  given: ModelProvider,
  contract: Contract,
  { handler = hold, settings = {}, cut }: StageOptions,
): Promise<Stage> {
  const { model, options = {}, env = {}, other, timeout } = contract
  const server = await serve({ handler, other, timeout })
  const desk = createDesk({ random: () => 0 })
  const provider = bindProvider(given, {
    seam: seamOf(desk, settings, cut),
    keys: { [given.name]: [KEY] },
    prices: { [`${given.name}/*`]: PRICE },
    leases,
    ...((contract.replies || contract.env) && { env: valueFor(server, env) }),
  })
  const own = valueFor(server, options)
  const setup = async () =>
    wholeHandle(await inTime('setup()', timeout, provider.setup(model, own)))

  async function dispose(): Promise<void> {
    try {
      await inTime('teardownAll()', timeout, provider.teardownAll())
    } finally {
      desk.close()
      await server[Symbol.asyncDispose]()
    }
  }

  const handle = await setup().catch(async (error: unknown) => {
    await dispose()
    throw error
  })
  return {
    server,
    provider,
    handle,
    model: handle.model,
    setup,
    listModels: async () => provider.listModels?.(own) ?? [],
    inTime: (what, call, calls = 1) => inTime(what, calls * timeout, call),
    [Symbol.asyncDispose]: dispose,
  }
}

/** The programs of leases are none of the provider's own. */
const leases: Leases = {
  lease: (need, options) => withoutChildren(() => ownLeases.lease(need, options)),
}

function wholeHandle(handle: ModelHandle): ModelHandle {
  const missing = (['model', 'teardown', Symbol.asyncDispose] as const).find(
    (name) => !handle[name],
  )
  if (missing === undefined) return handle
  throw new Error(`setup() was to give a handle, but what it gives has no \`${String(missing)}\`.`)
}

/** A seam that does not wait before it sends again, and marks what it sends. */
function seamOf(desk: Desk, settings: RequestSettings, cut: Cut | undefined): Seam {
  const seam = createSeam({
    desk,
    settings: { default: settings },
    random: () => 0,
    async fetch(url, init) {
      const headers = new Headers(init?.headers)
      headers.set(SEAM_HEADER, '1')
      const response = await fetch(url, { ...init, headers })
      return cut ? inChunks(response, cut) : response
    },
  })
  return (endpoint) => seam({ ...endpoint, local: true }) // nobody asks for a pace
}

/** A network would cut as it likes: here it is known. */
async function inChunks(response: Response, cut: Cut): Promise<Response> {
  const { status, headers } = response
  return new Response(ReadableStream.from(cut(await response.text())), { status, headers })
}

function valueFor<T extends object>(
  { url }: TestServer,
  value: T | ((baseURL: string, key: string) => T),
): T {
  return typeof value === 'function' ? value(url, KEY) : value
}
