import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { VllmOptions } from './command-line.ts'
import type { EngineMessage, EngineOrder } from './engine.ts'
import type { VllmFaults } from './faults.ts'

/** The API server's line to its engine. */
export interface EngineClient {
  /** @returns how the engine ended, if it did before it was ready */
  ready(): Promise<number | null | 'ready'>
  /** Aborted when the engine has died. */
  readonly death: AbortSignal
  /** Lets it die as by an error. */
  crash(): void
  /** Sends it SIGTERM, and SIGKILL to what has not gone by then. */
  stop(): Promise<void>
}

/** Milliseconds from SIGTERM to SIGKILL: vLLM waits `--shutdown-timeout`, which is 0. */
const STOP_MS = 50

export function startEngine(options: VllmOptions, faults: VllmFaults): EngineClient {
  const order: EngineOrder = {
    model: options.model,
    tensorParallel: options.tensorParallel,
    pipelineParallel: options.pipelineParallel,
    gpuMemoryUtilization: options.gpuMemoryUtilization,
    kvCacheMemory: options.kvCacheMemory ?? null,
  }
  const child = spawn(process.execPath, [process.argv[1]!, 'engine', JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: faults.engineSetsid ?? false,
  })
  const death = new AbortController()
  const exited = once(child, 'exit').then(([code]) => {
    death.abort()
    return code as number | null
  })
  return {
    ready: () => Promise.race([once(child, 'message').then(() => 'ready' as const), exited]),
    death: death.signal,
    crash: () => child.send('die' satisfies EngineMessage),
    async stop() {
      child.kill('SIGTERM')
      if (faults.engineIgnoreTerm) return
      await Promise.race([exited, sleep(STOP_MS)])
      child.kill('SIGKILL')
      await exited
    },
  }
}
