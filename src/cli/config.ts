import type { Command } from 'commander'
import { jsonOption } from './output.ts'
import type { ConfigOptions } from './show-config.ts'

/** `assay config`: what holds for a run in this folder, and for one of its models. */
export function addConfig(program: Command): void {
  program
    .command('config')
    .description('show what holds for the evals of this folder')
    .argument('[model]', 'a model, as provider/model-name: show its options too')
    .option('--explain', 'say where each value comes from')
    .option('--config <path>', 'the configuration file')
    .option(...jsonOption)
    .action(async (spec: string | undefined, options: ConfigOptions) => {
      // with all providers behind it, which the other commands do without
      const { showConfig } = await import('./show-config.ts')
      await showConfig(spec, options)
    })
}
