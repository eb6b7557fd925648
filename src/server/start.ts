import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { ServerAddress, ServerNeed } from '../model/lease.ts'
import type { Secret } from '../model/secret.ts'
import { missingProgram, startFailure } from './failure.ts'
import { findProgram } from './find-program.ts'
import { type Gpu, readGpus, untilReleased } from './gpu.ts'
import { isListenedByTree } from './supervisor/listener.ts'
import { createOrder } from './order.ts'
import { watchStart } from './log/progress.ts'
import { HOST, type ServerExit, type StartOrder } from './protocol.ts'
import { untilReady } from './ready.ts'
import { requireMemory } from './requirements.ts'
import type { SupervisedServer, Supervisor } from './supervise.ts'

/** Where the servers of one pool are started. */
export interface StartPlace {
  /** The supervisor, started when it is first asked for. */
  readonly supervisor: () => Supervisor
  /** What servers inherit. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logDir: string
  /** Gets what a person should know. */
  readonly notice: (line: string) => void
  /** Whether the run is over, and its servers are stopped. */
  readonly isClosing: () => boolean
}

/** A server that is ready. */
export interface RunningServer {
  readonly address: ServerAddress
  readonly slots: number | null
  readonly log: string
  readonly exited: Promise<ServerExit>
  /** When nothing of it lives, and the memory of its GPUs is free again. */
  readonly gone: Promise<void>
  stop(): void
  show(users: number): void
}

export interface StartOptions {
  readonly key: Secret | null
  /** Called with the log of each try; returns the count of starts. */
  readonly begin: (log: string) => number
  /** How many wait for it. */
  readonly users: () => number
  /** Aborts when nobody does any more. */
  readonly signal: AbortSignal
}

const TRIES = 3

/**
 * Starts a server and waits until it is ready; where something else has taken its port meanwhile, once more on
 * another.
 * @throws AssayError saying why it is not ready
 */
export async function startServer(
  need: ServerNeed,
  place: StartPlace,
  { key, begin, users, signal }: StartOptions,
): Promise<RunningServer> {
  const supervisor = place.supervisor() // first: it takes the longest to be there
  const gpus = usesGpus(need) ? await readGpus(place.env) : null
  requireMemory(need, { gpus })
  const program = await findProgram(need.command, { cwd: need.cwd, path: pathOf(need, place.env) })
  if (program === undefined) throw missingProgram(need)
  await mkdir(place.logDir, { recursive: true })
  const isMovable = typeof need.port !== 'number'
  const freed = freeing(need, place, gpus)

  for (let tries = TRIES; ; tries--) {
    const id = randomBytes(6).toString('hex')
    const order = createOrder(need, { ...place, id, program, key })
    const start = begin(order.log)
    const began = performance.now()
    const supervised = await supervisor.start(order)
    supervised.show({ users: users(), ready: false })
    try {
      const slots = await waitFor(supervised, { need, place, key, order, signal })
      const address = { url: urlOf(supervised), start }
      return running(supervised, { address, slots, log: order.log }, freed)
    } catch (reason) {
      const elapsedMs = performance.now() - began
      const isLost = await hasEndedWithSupervisor(supervised, place)
      supervised.stop()
      const exit = await supervised.exited
      await supervised.gone.then(freed)
      const { port } = supervised
      const failed = { need, reason, order, port, exit, elapsedMs, key }
      const { error, portWasTaken } = await startFailure(failed)
      const mayWork = isLost || (portWasTaken && isMovable)
      if (!mayWork || tries === 1 || signal.aborted) throw error
    }
  }
}

/** Whether somebody has ended the supervisor: no fault of the server, which another one starts again. */
async function hasEndedWithSupervisor(
  { exited }: SupervisedServer,
  { isClosing }: StartPlace,
): Promise<boolean> {
  const exit = await Promise.race([exited, Promise.resolve(null)])
  if (exit === null || isClosing()) return false
  return exit.by === 'run' || (exit.exitCode === null && exit.signal === null)
}

interface Waited {
  readonly need: ServerNeed
  readonly place: StartPlace
  readonly key: Secret | null
  readonly order: StartOrder
  readonly signal: AbortSignal
}

/** Returns the slots of the server once it is ready. */
async function waitFor(
  { pid, port, exited }: SupervisedServer,
  { need, place, key, order, signal }: Waited,
): Promise<number | null> {
  const { provider, model, downloads, ready, startTimeout: timeoutMs } = need
  const { log, id } = order
  const name = `${provider}/${model}`
  const watch = watchStart({ name, log, downloads, notice: place.notice })
  try {
    const { slots } = await untilReady({
      url: urlOf({ port }),
      ready,
      key,
      nonce: need.args.some((arg) => arg.includes('{nonce}')) ? id : null,
      ended: Promise.race([exited, aborted(signal)]),
      owns: () => isListenedByTree({ pid, id }, port),
      timeoutMs,
    })
    return slots
  } finally {
    watch.stop()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function running(
  { exited, gone, stop, show }: SupervisedServer,
  found: Pick<RunningServer, 'address' | 'slots' | 'log'>,
  freed: () => Promise<void>,
): RunningServer {
  return {
    ...found,
    exited,
    gone: gone.then(freed),
    stop,
    show: (users) => show({ users, ready: true }),
  }
}

/** A driver gives memory back some time after the process is gone; the next server would find too little. */
function freeing(
  { gpus: ids }: ServerNeed,
  { env, isClosing }: StartPlace,
  before: readonly Gpu[] | null,
): () => Promise<void> {
  return async () => {
    if (before && !isClosing())
      await untilReleased({ before, ids, read: () => readGpus(env), isClosing })
  }
}

function urlOf({ port }: { readonly port: number }): string {
  return `http://${HOST}:${port}`
}

function usesGpus({ gpus, gpuShare, requirements }: ServerNeed): boolean {
  return gpus.length > 0 || gpuShare > 0 || requirements.gpuMemoryGb !== undefined
}

function pathOf(need: ServerNeed, env: StartPlace['env']): string | undefined {
  const { PATH: own = env['PATH'] } = need.env
  return own ?? undefined
}
