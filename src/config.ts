export { evals } from './config/evals.ts'
export type { EvalsOptions } from './config/options.ts'
export { defineEvalsProject } from './config/project.ts'
