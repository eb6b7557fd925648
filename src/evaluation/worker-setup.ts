// Setup file of the evals project: runs in each worker before its eval files, once for each.

import { importBy } from './import-module.ts'

// Vite takes setup files in, so that what they import goes its way: TypeScript, and the aliases of the project
importBy((url) => import(url))

const marker: unique symbol = Symbol.for('vitest-assay.worker')
const worker: NodeJS.Process & { [marker]?: true } = process

// a forked worker; a thread has no signals and no channel of its own
if (process.send && !worker[marker]) {
  worker[marker] = true
  // Ctrl-C reaches the whole process group: the main process ends the run in order and tells the worker
  process.on('SIGINT', () => {})
  // Vitest before 5.1.1 leaves workers running, and spending, when the main process is killed
  process.on('disconnect', () => process.exit())
}
