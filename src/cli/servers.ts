import type { Command } from 'commander'
import { AssayError } from '../model/error.ts'
import { jsonOption, printJson, printLines } from './output.ts'
import { runningServers } from './running-servers.ts'
import { renderServers, viewOf } from './server-table.ts'
import { addServersStop } from './servers-stop.ts'

/** `assay servers`: what runs. */
export function addServers(program: Command): void {
  const servers = program
    .command('servers')
    .description('list the local model servers that run, or stop them')
    .option(...jsonOption)
    .allowExcessArguments() // a misspelled "stop" is one: the error below says more of it
    .action(list)
  addServersStop(servers)
}

async function list({ json }: { readonly json?: true }, { args }: Command): Promise<void> {
  if (args.length > 0) {
    const message = `"assay servers ${args[0]}" is no command. There is "assay servers stop".`
    throw new AssayError(message, { kind: 'config' })
  }
  const servers = await runningServers()
  if (json) printJson({ servers })
  else printLines(...renderServers(servers, viewOf(process.stdout)))
}
