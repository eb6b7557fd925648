import { randomBytes } from 'node:crypto'
import { AssayError } from '../model/error.ts'
import type { ServerAddress, ServerHistory, ServerLease, ServerNeed } from '../model/lease.ts'
import { Secret } from '../model/secret.ts'
import { type Crashes, createCrashes } from './crashes.ts'
import { crashFailure, describeExit, stoppedByPerson } from './failure.ts'
import { createEnds } from './ends.ts'
import { conditionOf } from './health.ts'
import type { ServerExit } from './protocol.ts'
import type { Room, Tenant } from './room.ts'
import { type RunningServer, type StartPlace, startServer } from './start.ts'

/** What the servers of one pool have in common. */
export interface ServerPlace extends StartPlace {
  readonly room: Room
}

/** One server of the pool over all its starts. */
export interface LocalServer extends Tenant {
  readonly need: ServerNeed
  readonly leases: Set<ServerLease>
  readonly key: Secret | null
  /** Of the last start. */
  readonly address: ServerAddress
  readonly slots: number | null
  readonly history: ServerHistory
  /** What it waits for, in words; `undefined` while it runs, or nobody needs it. */
  readonly waitsFor: string | undefined
  /**
   * Starts it unless it runs, as this equal need would have it.
   * @throws AssayError, the same one again, when it cannot be started so
   */
  run(need: ServerNeed): Promise<void>
  /** See `ServerLease.recover`. */
  recover(seen: ServerAddress, need: ServerNeed): Promise<void>
  /** Says how many hold it. */
  show(): void
}

/** In ten minutes: a server that dies more often does so for a reason. */
const RESTARTS = 2

/** A start, and the conditions under which it was made. */
interface Start {
  readonly conditions: string
  readonly abort: AbortController
  readonly running: Promise<RunningServer>
}

/** A class, since its state is read and written by steps that wait for each other. */
class PooledServer implements LocalServer {
  readonly need: ServerNeed
  readonly leases: Set<ServerLease> = new Set()
  readonly key: Secret | null
  address: ServerAddress = { url: '', start: 0 }
  slots: number | null = null
  waitsFor: string | undefined

  readonly #place: ServerPlace
  readonly #crashes: Crashes = createCrashes()
  /** One for each start. */
  readonly #logs: string[] = []
  #readyMs: number | null = null
  #isInside = false
  /** The start that is under way or was made. */
  #current: Start | undefined
  readonly #ends = createEnds()
  /** Why it is not started again. */
  #failure: AssayError | undefined
  /** Why it was not started, by the conditions of the start. */
  readonly #refusals = new Map<string, AssayError>()
  /** Those that were stopped to make room. */
  readonly #evicted = new WeakSet<RunningServer>()
  /** Those that ran and did not answer, and were stopped for it. */
  readonly #condemned = new WeakSet<RunningServer>()

  constructor(need: ServerNeed, place: ServerPlace) {
    this.need = need
    this.#place = place
    this.key = need.keyVariable === null ? null : new Secret(randomBytes(24).toString('hex'))
  }

  get history(): ServerHistory {
    const { provider, model } = this.need
    return {
      provider,
      model,
      starts: this.#logs.length,
      restarts: this.#crashes.restarts,
      crashes: this.#crashes.all,
      readyMs: this.#readyMs,
      logs: [...this.#logs],
    }
  }

  async run(need: ServerNeed): Promise<void> {
    const conditions = conditionsOf(need)
    for (;;) {
      await this.#ends.over()
      const failure = this.#failure ?? this.#refusals.get(conditions)
      if (failure) throw failure
      const start = (this.#current ??= this.#begin(need, conditions))
      try {
        await start.running
        return
      } catch (error) {
        if (start.conditions === conditions) throw error
        // somebody else was in more of a hurry, or required more
      }
    }
  }

  async recover(seen: ServerAddress, need: ServerNeed): Promise<void> {
    const running = await this.#running()
    if (running?.address.start === seen.start) {
      const { url } = running.address
      const { health } = need.ready
      const condition = await conditionOf({ url, health, exited: running.exited })
      if (condition === 'alive') return
      if (condition === 'mute') this.#condemn(running)
    }
    await this.run(need)
  }

  show(): void {
    void this.#running().then((running) => running?.show(this.leases.size))
  }

  async evict(): Promise<void> {
    const start = this.#current
    this.#current = undefined
    start?.abort.abort() // nobody waits for it
    await this.#ends.add(async (before) => {
      const running = await start?.running.catch(() => undefined)
      if (running) {
        this.#evicted.add(running)
        running.stop()
      }
      await running?.gone
      await before
      this.#leave()
    })
  }

  /** The server if it runs, or will when its start is done. */
  async #running(): Promise<RunningServer | undefined> {
    return this.#current?.running.catch(() => undefined)
  }

  #begin(need: ServerNeed, conditions: string): Start {
    const abort = new AbortController()
    return { conditions, abort, running: this.#start(need, conditions, abort.signal) }
  }

  async #start(need: ServerNeed, conditions: string, signal: AbortSignal): Promise<RunningServer> {
    const { notice, room } = this.#place
    const name = nameOf(this.need)
    try {
      if (!this.#isInside) {
        this.waitsFor = `${name} waits for room`
        await room.enter(this)
        this.#isInside = true
      }
      this.waitsFor = `${name} starts`
      this.#crashes.started()
      const began = performance.now()
      const running = await startServer(need, this.#place, {
        key: this.key,
        signal,
        users: () => this.leases.size,
        begin: (log) => this.#logs.push(log),
      })
      const readyMs = performance.now() - began
      this.#readyMs ??= readyMs
      this.address = running.address
      this.slots = running.slots
      notice(`${name} is ready after ${(readyMs / 1000).toFixed(1)} s, at ${running.address.url}`)
      void running.exited.then((exit) => this.#ends.add(() => this.#ended(running, exit)))
      return running
    } catch (error) {
      this.#current = undefined
      const isLasting = AssayError.is(error) && error.kind === 'setup' && !signal.aborted
      if (isLasting) this.#refusals.set(conditions, error)
      if (this.#isInside) this.#leave()
      throw error
    } finally {
      this.waitsFor = undefined
    }
  }

  /** Notes a crash; one who runs again has its place meanwhile. */
  async #ended(running: RunningServer, exit: ServerExit): Promise<void> {
    if (this.#evicted.has(running) || this.#place.isClosing()) return
    this.#current = undefined
    const how = this.#condemned.has(running) ? 'it answered no more' : describeExit(exit)
    this.#failure =
      exit.by === 'person' ? stoppedByPerson(this.need) : await this.#crash(running, { exit, how })
    const next = this.#failure ? 'it is not started again' : 'it is started again if it is needed'
    const said = exit.by === 'person' ? 'was stopped by hand' : `has ended (${how})`
    this.#place.notice(`${nameOf(this.need)} ${said}; ${next}`)
    await running.gone
    if (this.#failure) this.#leave()
  }

  /** Notes a crash. @returns why it is not started again, if it is not */
  async #crash(
    { log }: RunningServer,
    { exit, how }: { readonly exit: ServerExit; readonly how: string },
  ): Promise<AssayError | undefined> {
    const crashes = this.#crashes.note({ how, log })
    if (crashes <= RESTARTS) return undefined
    return crashFailure({ need: this.need, how, exit, crashes, log, key: this.key })
  }

  #condemn(running: RunningServer): void {
    if (this.#condemned.has(running)) return
    this.#condemned.add(running)
    running.stop()
    void this.#ends.add(async () => void (await running.exited))
  }

  #leave(): void {
    this.#isInside = false
    this.#place.room.leave(this)
  }
}

export function createLocalServer(need: ServerNeed, place: ServerPlace): LocalServer {
  return new PooledServer(need, place)
}

function nameOf({ provider, model }: ServerNeed): string {
  return `${provider}/${model}`
}

/** What may let one start fail and another of the same server succeed. */
function conditionsOf({ requirements, startTimeout }: ServerNeed): string {
  return JSON.stringify([requirements, startTimeout])
}
