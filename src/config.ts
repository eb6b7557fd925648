export { evals } from './config/evals.ts'
export { defineEvalsProject, type EvalsOptions } from './config/project.ts'
