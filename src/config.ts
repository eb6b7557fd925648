import type { Plugin, TestProjectInlineConfiguration } from 'vitest/config'
import { aliasesOf } from './config/aliases.ts'
import { evalsPlugin } from './config/evals.ts'
import type { EvalsOptions } from './config/options.ts'
import { evalsProject, type ProjectTools } from './config/project.ts'

export type { AssayConfig } from './config/file/config.ts'
export { loadConfig, type LoadOptions } from './config/file/load.ts'
export type { EvalsOptions } from './config/options.ts'

/** The providers are loaded for a run of evals, and for no other. */
const tools: ProjectTools = {
  aliases: async () => aliasesOf((await import('../providers/built-in.ts')).builtIn),
}

/**
 * The Vitest plugin: `plugins: [evals()]` adds the project `evals`, when a run asks for it by
 * `--project evals` (or `EVALS=1`). A plain `vitest` is as it was.
 */
export function evals(options: EvalsOptions = {}): Plugin {
  return evalsPlugin(options, tools)
}

/** The project `evals`, for a config that lists its projects itself. */
export function defineEvalsProject(options: EvalsOptions = {}): TestProjectInlineConfiguration {
  return evalsProject(options, tools)
}
