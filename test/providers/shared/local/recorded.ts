import type { Leases, ServerLease, ServerNeed } from '../../../../src/model/lease.ts'
import { Secret } from '../../../../src/model/secret.ts'
import { createDesk } from '../../../../src/broker/desk.ts'
import { bindProvider } from '../../../../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../../../../src/provider/definition.ts'
import type { ModelProvider } from '../../../../src/provider/provider.ts'
import { createSeam } from '../../../../src/request/seam.ts'

/** Lends a server that is there already, and records what was asked for. */
export interface RecordedLeases extends Leases {
  readonly needs: readonly ServerNeed[]
  readonly released: number
}

export const LEASE_KEY = 'lease-key-0123456789'

export function recordLeases(lease: Partial<ServerLease> = {}): RecordedLeases {
  const needs: ServerNeed[] = []
  let released = 0
  return {
    needs,
    get released() {
      return released
    },
    lease(need) {
      needs.push(need)
      return Promise.resolve({
        key: new Secret(LEASE_KEY),
        slots: null,
        address: { url: 'http://127.0.0.1:9', start: 1 },
        recover: () => Promise.resolve(),
        release: () => void released++,
        ...lease,
      })
    },
  }
}

export interface Surroundings extends Partial<ProviderSurroundings> {
  /** Who answers where Ollama usually runs. @default nobody, whatever runs on this machine */
  readonly usualOllama?: string
}

/** A provider in an environment of its own, without a wait before what is sent again. */
export function boundTo(
  provider: ModelProvider,
  { usualOllama = 'http://127.0.0.1:65535', ...surroundings }: Surroundings,
): ModelProvider {
  const seam = createSeam({
    desk: createDesk(),
    random: () => 0,
    fetch(url, init) {
      const { href } = new URL(url instanceof Request ? url.url : url)
      return fetch(href.replace('http://127.0.0.1:11434', usualOllama), init)
    },
  })
  return bindProvider(provider, { seam, env: {}, ...surroundings })
}

/** What a set-up would start. */
export async function needFor(
  provider: ModelProvider,
  modelName: string,
  options: object,
  surroundings: Surroundings = {},
): Promise<ServerNeed> {
  const leases = recordLeases()
  const bound = boundTo(provider, { leases, ...surroundings })
  await (await bound.setup(modelName, options)).teardown()
  return leases.needs[0]!
}

/** Its command line. */
export async function lineFor(...asked: Parameters<typeof needFor>): Promise<string> {
  const { command, args } = await needFor(...asked)
  return [command, ...args].join(' ')
}
