import { AsyncLocalStorage } from 'node:async_hooks'
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'

const started = new AsyncLocalStorage<ChildProcess[]>()

// Node tells of each process that it starts, in the context of whoever starts it
subscribe('child_process', (message) => {
  started.getStore()?.push((message as { process: ChildProcess }).process)
})

/** Runs a task, and returns the programs that it has started and that still run. */
export async function childrenLeftBy(task: () => Promise<void>): Promise<readonly string[]> {
  const children: ChildProcess[] = []
  await started.run(children, task)
  const left = children.filter((child) => child.exitCode === null && child.signalCode === null)
  return left.map(({ spawnfile }) => spawnfile)
}

/** Runs a task whose programs somebody else answers for. */
export function withoutChildren<T>(task: () => T): T {
  return started.exit(task)
}
