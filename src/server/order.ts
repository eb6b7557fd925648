import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonicalJson } from '../model/canonical-json.ts'
import type { ServerNeed } from '../model/lease.ts'
import type { Secret } from '../model/secret.ts'
import type { StartOrder } from './protocol.ts'

/** Needs with an equal key share one server. */
export function keyOf(need: ServerNeed): string {
  const { provider, command, args, env, withoutEnv, keyVariable, cwd, port, gpus, ready } = need
  const own = { provider, command, args, env, withoutEnv, keyVariable, cwd, port, gpus, ready }
  return createHash('sha256').update(canonicalJson(own)).digest('hex').slice(0, 12)
}

export interface OrderPlace {
  /** The nonce of the start. */
  readonly id: string
  /** Absolute path of the program. */
  readonly program: string
  readonly key: Secret | null
  /** What the server inherits. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logDir: string
}

/** What the supervisor is told to start a server once. */
export function createOrder(
  need: ServerNeed,
  { id, program, key, env, logDir }: OrderPlace,
): StartOrder {
  const { provider, model, cwd, port, stopGrace, stopAgain, keyVariable } = need
  const withNonce = (text: string) => text.replaceAll('{nonce}', id)
  const own = Object.entries(need.env).map(([name, value]) => [name, value && withNonce(value)])
  const all = {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !isDropped(name))),
    ...(Object.fromEntries(own) as ServerNeed['env']),
    ...(need.gpus.length > 0 && gpuVariables(need.gpus)),
    ...(keyVariable !== null && key && { [keyVariable]: key.reveal() }),
  }
  const set = Object.entries(all).filter((entry): entry is [string, string] => entry[1] != null)
  return {
    id,
    provider,
    model,
    command: program,
    args: need.args.map((text) => withNonce(text)),
    env: Object.fromEntries(set),
    cwd,
    log: join(logDir, `${fileName(model)}-${id}.log`),
    port,
    stopGrace,
    stopAgain,
  }

  function isDropped(name: string): boolean {
    return need.withoutEnv.some((beginning) => name.startsWith(beginning))
  }
}

/** CUDA's and ROCm's word for the GPUs that a process sees. */
function gpuVariables(ids: readonly string[]): Record<string, string> {
  return { CUDA_VISIBLE_DEVICES: ids.join(','), HIP_VISIBLE_DEVICES: ids.join(',') }
}

function fileName(model: string): string {
  return model.replaceAll(/[^\w.-]+/g, '_').slice(-60)
}
