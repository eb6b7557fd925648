import type { Command } from 'commander'
import { AssayError, type ErrorKind } from '../model/error.ts'
import { stopServer } from '../server/supervisor/control.ts'
import type { ListedServer } from '../server/protocol.ts'
import { reportFailure } from './failure.ts'
import { jsonOption, printJson, printLines } from './output.ts'
import { runningServers } from './running-servers.ts'
import { findServer, idLength } from './server-ids.ts'
import { renderServers, specOf, viewOf } from './server-table.ts'

const consequence = `
The run that uses a server is not stopped with it: its rows that still need the model become errors,
which say that a person stopped the server.`

interface StopOptions {
  readonly all?: true
  readonly json?: true
}

/** `assay servers stop`: ends servers before their run does. */
export function addServersStop(servers: Command): void {
  servers
    .command('stop')
    .description('stop the only server that runs, those with these ids, or all')
    .argument('[ids...]', 'as "assay servers" shows them, or how they begin')
    .option('--all', 'stop all, also those of other runs')
    .option(...jsonOption)
    .addHelpText('after', consequence)
    .action(stop)
}

async function stop(ids: readonly string[], _: unknown, command: Command): Promise<void> {
  const { all = false, json = false } = command.optsWithGlobals<StopOptions>()
  if (all && ids.length > 0) {
    throw new AssayError('Give either ids or --all, not both.', { kind: 'config' })
  }
  const running = await runningServers()
  const chosen = choose(running, ids, all)
  if (chosen.length === 0 && !json) printLines(...renderServers([], viewOf(process.stdout)))
  const results = await Promise.allSettled(
    chosen.map(async (server) => {
      const isStopped = await stopServer(server.id)
      if (!json) printLines(sentence(server, isStopped, running))
      return isStopped ? [server] : []
    }),
  )
  if (json) {
    printJson({ stopped: results.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])) })
  }
  for (const result of results) if (result.status === 'rejected') reportFailure(result.reason)
}

/** All that is asked for is known before the first one is stopped. */
function choose(
  running: readonly ListedServer[],
  ids: readonly string[],
  all: boolean,
): readonly ListedServer[] {
  if (ids.length > 0) return [...new Set(ids.map((id) => pick(running, id)))]
  if (all || running.length < 2) return running
  const message = `${running.length} servers run. Give the ids of those to stop, or --all.`
  throw withList(message, 'config', running)
}

function pick(running: readonly ListedServer[], id: string): ListedServer {
  const found = findServer(running, id)
  if (!found) throw withList(`There is no server with the id "${id}".`, 'not_found', running)
  return found
}

function withList(message: string, kind: ErrorKind, running: readonly ListedServer[]): AssayError {
  const list = renderServers(running, viewOf(process.stderr))
  return new AssayError([message, ...list].join('\n'), { kind })
}

function sentence(
  server: ListedServer,
  isStopped: boolean,
  running: readonly ListedServer[],
): string {
  const id = server.id.slice(0, idLength(running))
  const name = `${specOf(server)} (id ${id}, port ${server.port})`
  if (!isStopped) return `${name} had ended already.`
  const after = ' Its run goes on; rows that still need it become errors.'
  return `Stopped ${name}.${server.users > 0 ? after : ''}`
}
