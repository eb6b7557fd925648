import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerExit } from './protocol.ts'

/** `mute` is a server that runs and will not answer any more. */
export type Condition = 'alive' | 'exited' | 'mute'

export interface Examined {
  readonly url: string
  /** Path that answers 200 while the server can be asked. */
  readonly health: string
  readonly exited: Promise<ServerExit>
}

const TRIES = 4
const PAUSE = 500
const PATIENCE = 5000

/**
 * Finds out what became of a server after a request to it failed. That is known before its exit is, and an
 * engine that died is told by the server in front of it, which ends some seconds later.
 */
export async function conditionOf({ url, health, exited }: Examined): Promise<Condition> {
  const exit = exited.then(() => 'exited' as const)
  for (let tries = TRIES; tries > 0; tries--) {
    if (await isHealthy(url + health)) return 'alive'
    if (await Promise.race([exit, sleep(PAUSE)])) return 'exited'
  }
  return 'mute'
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) })
    await response.body?.cancel()
    return response.status < 500 // also if it wants a key, or has no such path
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' // busy is not dead
  }
}
