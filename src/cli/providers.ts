import type { Command } from 'commander'
import { jsonOption } from './output.ts'
import type { ProviderFlags } from './providers/list.ts'

/** `assay providers`: who makes models. */
export function addProviders(program: Command): void {
  program
    .command('providers')
    .description('list the providers that there are')
    .command('list', { isDefault: true })
    .description('list the providers, who brings them, and their keys')
    .option(...jsonOption)
    .action(async (flags: ProviderFlags) => {
      // with all providers behind it, which other commands do without
      const { listProviders } = await import('./providers/list.ts')
      await listProviders(flags)
    })
}
