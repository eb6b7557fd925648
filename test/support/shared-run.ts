import { beforeAll } from 'vitest'
import { createProject, type Ended, type Project, type RunOptions } from './project.ts'

/** A project, and how its one run has ended. */
export type SharedRun = Omit<Project, 'write' | 'vitest' | typeof Symbol.asyncDispose> & Ended

/**
 * Runs a project once for all tests of a suite: each reads what its own evals have left. That is for evals that do
 * not disturb each other, since a run of the real Vitest costs as much as a thousand other tests.
 * `options` is called when the run begins, and may start servers for it.
 */
export function sharedRun(
  files: Readonly<Record<string, string>>,
  options: () => RunOptions | Promise<RunOptions> = () => ({}),
): SharedRun {
  const run = {} as SharedRun
  beforeAll(async () => {
    const project = await createProject(files)
    Object.assign(run, project, await project.vitest(await options()))
    return () => project[Symbol.asyncDispose]()
  })
  return run
}
