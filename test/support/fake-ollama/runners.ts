import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** The processes that have a model loaded. */
export interface Runners {
  /** Loads a model unless it is there; those who ask meanwhile wait for the same. */
  load(model: string): Promise<void>
  loaded(): string[]
  stop(): void
}

export function createRunners(loadMs: number): Runners {
  const runners = new Map<string, { child: ChildProcess; loading: Promise<void> }>()
  return {
    async load(model) {
      let runner = runners.get(model)
      if (!runner) {
        const args = [process.argv[1]!, 'runner', '--model', model]
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
        console.error(`msg="starting runner" model=${model} runner pid=${child.pid}`)
        child.once('exit', () => runners.delete(model))
        runner = { child, loading: sleep(loadMs) }
        runners.set(model, runner)
      }
      await runner.loading
    },
    loaded: () => [...runners.keys()],
    stop() {
      for (const { child } of runners.values()) child.kill('SIGKILL')
    },
  }
}
