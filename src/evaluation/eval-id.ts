import { sep } from 'node:path'
import type { RunnerTask } from 'vitest'

const claimed = new WeakMap<object, Map<string, RunnerTask>>()

/**
 * The id of a test's eval: `<file> > <suites> > <name> [<model>]`.
 *
 * The names of a file's evals must differ, or their rows could not be told apart.
 */
export function claimEvalId(task: RunnerTask): string {
  const name = [...suitesOf(task), task.name].join(' > ')
  const ids = claimed.get(task.file) ?? new Map<string, RunnerTask>()
  claimed.set(task.file, ids)
  const owner = ids.get(name)
  if (owner && owner !== task) {
    throw new Error(`${task.file.name} has two evals named "${name}"; give each its own name.`)
  }
  ids.set(name, task)
  return `${task.file.name.replaceAll(sep, '/')} > ${name}`
}

export function suitesOf(task: RunnerTask): string[] {
  const names: string[] = []
  for (let { suite } = task; suite; suite = suite.suite) if (suite.name) names.unshift(suite.name)
  return names
}
