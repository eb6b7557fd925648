import { AssayError } from '../model/error.ts'
import type { FromSupervisor, ServerExit, StartOrder } from './protocol.ts'
import { reap } from './supervisor/reap.ts'
import { stateFolder } from './supervisor/state-folder.ts'
import { forkSupervisor, type SupervisorPlace } from './supervisor-process.ts'

/** A server that the supervisor has started. */
export interface SupervisedServer {
  readonly pid: number
  readonly port: number
  /** When its first process has ended, for whatever reason, also that the supervisor is gone. Never rejects. */
  readonly exited: Promise<ServerExit>
  /** When nothing of its tree lives. Never rejects. */
  readonly gone: Promise<void>
  /** Asks for its end; `gone` says when. */
  stop(): void
  /** What `assay servers` shows of it. */
  show(state: { readonly users: number; readonly ready: boolean }): void
}

/** The main process's line to the supervisor: the detached process that owns the servers and dies last. */
export interface Supervisor {
  /** @throws AssayError of kind `setup` if there is no port for it, or the program cannot be run */
  start(order: StartOrder): Promise<SupervisedServer>
  /** Stops all and waits until all is gone, and the supervisor too. */
  close(): Promise<void>
}

/** @default the environment of this process, and no folders */
export type SupervisorOptions = {
  readonly [name in keyof SupervisorPlace]?: SupervisorPlace[name] | undefined
}

/**
 * Starts the supervisor. It keeps this process alive only while an answer is awaited: to a start, a stop or the
 * close. One that was killed is replaced at the next start.
 */
export function startSupervisor({
  env = process.env,
  leftovers = [],
}: SupervisorOptions = {}): Supervisor {
  const place = { env, leftovers }
  let line = openLine(place)
  let isClosed = false
  return {
    async start(order) {
      if (isClosed) throw overError(order)
      for (let tries = TRIES; ; tries--) {
        if (!line.isOpen()) line = openLine(place)
        try {
          return await line.start(order)
        } catch (error) {
          if (line.isOpen() || isClosed || tries === 1) throw error
          // it was lost with its supervisor, which is no fault of the server
        }
      }
    },
    close() {
      isClosed = true
      return line.close()
    },
  }
}

interface Line extends Supervisor {
  isOpen(): boolean
}

interface Entry {
  readonly order: StartOrder
  readonly started: PromiseWithResolvers<SupervisedServer>
  readonly exited: PromiseWithResolvers<ServerExit>
  readonly gone: PromiseWithResolvers<void>
}

/** Supervisors that a start may lose. */
const TRIES = 3
/** What a supervisor gets over the longest grace of its servers before it is taken for stuck, in milliseconds. */
const SLACK = 10_000
/** A longer one would be none. */
const LONGEST_TIMER = 2 ** 31 - 1

function openLine(place: SupervisorPlace): Line {
  const entries = new Map<string, Entry>()
  const supervisor = forkSupervisor(place, receive)
  let isClosing = false
  const over = (async () => {
    const how = await supervisor.ended
    const left = [...entries.values()]
    const by = isClosing ? 'run' : null
    for (const { started, exited, order } of left) {
      started.reject(lostError(order, how))
      exited.resolve({ exitCode: null, signal: null, by })
    }
    // after a good end there is nothing left to do
    if (left.length > 0 || !isClosing) await reap(stateFolder(place.env)).catch(() => {})
    for (const { gone } of left) gone.resolve()
  })()

  function receive(message: FromSupervisor): void {
    const entry = entries.get(message.id)
    if (!entry) return
    if (message.type === 'started') entry.started.resolve(serverOf(entry, message))
    else if (message.type === 'exited') {
      const { exitCode, signal, by } = message
      entry.exited.resolve({ exitCode, signal, by })
    } else {
      entries.delete(message.id)
      if (message.type === 'gone') entry.gone.resolve()
      else entry.started.reject(failedError(entry.order, message.message))
    }
  }

  function serverOf(
    { order: { id }, exited, gone }: Entry,
    { pid, port }: { readonly pid: number; readonly port: number },
  ): SupervisedServer {
    return {
      pid,
      port,
      exited: exited.promise,
      gone: gone.promise,
      stop() {
        supervisor.tell({ type: 'stop', id })
        supervisor.stayFor(gone.promise)
      },
      show: (state) => supervisor.tell({ type: 'state', id, ...state }),
    }
  }

  return {
    isOpen: supervisor.isOpen,
    start(order) {
      const entry: Entry = {
        order,
        started: Promise.withResolvers(),
        exited: Promise.withResolvers(),
        gone: Promise.withResolvers(),
      }
      entries.set(order.id, entry)
      supervisor.tell({ type: 'start', order })
      supervisor.stayFor(entry.started.promise)
      return entry.started.promise
    },
    async close() {
      isClosing = true
      supervisor.tell({ type: 'close' })
      supervisor.stayFor(over)
      const graces = [...entries.values()].map(({ order }) => order.stopGrace)
      const patience = Math.min(Math.max(0, ...graces) + SLACK, LONGEST_TIMER)
      const stuck = setTimeout(supervisor.kill, patience)
      await over
      clearTimeout(stuck)
    },
  }
}

function failedError({ provider }: StartOrder, message: string): AssayError {
  return new AssayError(`${provider}: ${message}`, { kind: 'setup', provider })
}

function lostError({ provider, model }: StartOrder, how: string): AssayError {
  return new AssayError(
    `${provider}: the process that owns the local model servers ended while it started ${model}: ${how}. Run again; if it comes back, report it.`,
    { kind: 'internal', provider },
  )
}

function overError({ provider, model }: StartOrder): AssayError {
  return new AssayError(`${provider}: ${model} is not started, because the run is over.`, {
    kind: 'cancelled',
    provider,
  })
}
