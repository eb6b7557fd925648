import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../model/error.ts'
import { serveControl } from './control.ts'
import { controlPath } from './owner.ts'
import { endWithParent } from './parent-death.ts'
import type { FromSupervisor, ListedServer, StartOrder, ToSupervisor } from '../protocol.ts'
import { reap } from './reap.ts'
import { type Server, startServer } from './server.ts'
import { openPlace, type Place } from './state-folder.ts'

/**
 * The process that owns the model servers of a run and ends after them, however the main process ends. It is
 * told what to do over IPC, and takes the end of that line for the end of the run.
 */

/** Milliseconds that servers get when nobody waits for them any more. */
const LAST_GRACE = 3000
/** Milliseconds that the main process gets to hear the last words. */
const TELL_LIMIT = 1000

const runPid = process.ppid
/** Folders of the main process, which it removes itself unless it was killed. */
const leftovers = process.argv.slice(2)
const servers = new Map<string, Server>()
/** One for each order, from its receipt until nothing is left of its server. */
const work = new Set<Promise<void>>()
/** Milliseconds that each server gets from now on; `undefined` for its own. */
let grace: number | undefined
let ending: Promise<void> | undefined
let told: Promise<unknown> = Promise.resolve()
/** Whether this process ends while the main process goes on, which takes another supervisor then. */
let isGivingUp = false
/** Whether the main process is gone. */
let isAlone = false

import('execa').catch(() => {}) // the first server needs it
const prefix = endWithParent()
const place = open()
place.catch(() => {}) // who asks for a server is told

process.on('message', (message: ToSupervisor) => receive(message))
process.on('disconnect', () => {
  isAlone = !isGivingUp
  end(LAST_GRACE)
})
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, giveUp)
// of a rejection that nobody handles, too
process.on('uncaughtException', () => {
  process.exitCode = 1
  giveUp()
})
if (!process.connected) process.emit('disconnect')

async function open(): Promise<Place> {
  const opened = await openPlace()
  try {
    await serveControl(controlPath(opened.state, opened.owner), { list, stop })
    await reap(opened.state).catch(() => {}) // what others left must not keep this run from starting
    return opened
  } catch (error) {
    await opened.remove()
    throw error
  }
}

function list(): ListedServer[] {
  return [...servers.values()].map((server) => ({ ...server.list(), runPid }))
}

async function stop(id: string): Promise<boolean> {
  const server = servers.get(id)
  server?.stop('person')
  await server?.gone
  return server !== undefined
}

function receive(message: ToSupervisor): void {
  if (message.type === 'close') end()
  else if (message.type === 'stop') servers.get(message.id)?.stop('run')
  else if (message.type === 'state') servers.get(message.id)?.show(message)
  else {
    const served = serve(message.order)
    work.add(served)
    void served.finally(() => work.delete(served))
  }
}

async function serve(order: StartOrder): Promise<void> {
  const { id } = order
  try {
    if (ending) throw new Error('The supervisor of the local model servers is ending.')
    const server = await startServer(order, await place, await prefix)
    servers.set(id, server)
    tell({ type: 'started', id, pid: server.pid, port: server.port })
    if (ending) server.stop('run', grace)
    tell({ type: 'exited', id, ...(await server.exited) })
    await server.gone
    servers.delete(id)
    tell({ type: 'gone', id })
  } catch (error) {
    tell({ type: 'failed', id, message: messageOf(error) })
  }
}

function tell(message: FromSupervisor): void {
  if (!process.connected) return // who has gone need not know
  const sent = new Promise<void>((resolve) => void process.send?.(message, () => resolve()))
  told = Promise.all([told, sent])
}

function giveUp(): void {
  isGivingUp = true
  if (process.connected) process.disconnect() // nothing more is asked of it
  end(LAST_GRACE)
}

/** Stops all servers, removes all files, and ends this process. A later call can only hurry. */
function end(within?: number): void {
  grace = within ?? grace
  for (const server of servers.values()) server.stop('run', grace)
  ending ??= leave()
}

async function leave(): Promise<void> {
  try {
    await Promise.allSettled(work)
    await Promise.race([told, sleep(TELL_LIMIT)])
    const left = isAlone ? leftovers : []
    await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })))
    await (await place).remove()
  } finally {
    process.exit()
  }
}
