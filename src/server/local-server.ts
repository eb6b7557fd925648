import { randomBytes } from 'node:crypto'
import { AssayError } from '../model/error.ts'
import type {
  ServerAddress,
  ServerCrash,
  ServerHistory,
  ServerLease,
  ServerNeed,
} from '../model/lease.ts'
import { Secret } from '../model/secret.ts'
import { crashFailure, describeExit, stoppedByPerson } from './failure.ts'
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
  /** Starts it unless it runs. @throws AssayError, the same one again, when it cannot be started */
  run(): Promise<void>
  /** See `ServerLease.recover`. */
  recover(seen: ServerAddress): Promise<void>
  /** Says how many hold it. */
  show(): void
}

/** Restarts within so many milliseconds: a server that dies more often does so for a reason. */
const RESTARTS = 2
const WINDOW = 600_000

/** A class, since its state is read and written by steps that wait for each other. */
class PooledServer implements LocalServer {
  readonly need: ServerNeed
  readonly leases: Set<ServerLease> = new Set()
  readonly key: Secret | null
  address: ServerAddress = { url: '', start: 0 }
  slots: number | null = null
  waitsFor: string | undefined

  readonly #place: ServerPlace
  readonly #crashes: (ServerCrash & { readonly at: number })[] = []
  readonly #logs: string[] = []
  #starts = 0
  #restarts = 0
  #hasCrashed = false
  #readyMs: number | null = null
  #isInside = false
  /** The start that is under way or was made. */
  #current: Promise<RunningServer> | undefined
  /** The end of the one before; resolved when the next may start. */
  #ending: Promise<void> = Promise.resolve()
  /** Why it is not started again. */
  #failure: AssayError | undefined
  /** One that runs and does not answer, and is ended for it. */
  #condemned: RunningServer | undefined

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
      starts: this.#starts,
      restarts: this.#restarts,
      crashes: this.#crashes.map(({ how, log }) => ({ how, log })),
      readyMs: this.#readyMs,
      logs: [...this.#logs],
    }
  }

  async run(): Promise<void> {
    for (let ended; ended !== this.#ending;) {
      ended = this.#ending
      await ended
    }
    if (this.#failure) throw this.#failure
    this.#current ??= this.#start()
    await this.#current
  }

  async recover(seen: ServerAddress): Promise<void> {
    const running = await this.#current?.catch(() => undefined)
    if (running?.address.start === seen.start) {
      const { url } = running.address
      const { exited } = running
      const condition = await conditionOf({ url, health: this.need.ready.health, exited })
      if (condition === 'alive') return
      if (condition === 'mute') this.#condemn(running)
    }
    await this.run()
  }

  show(): void {
    void this.#current?.then(
      (running) => running.show(this.leases.size),
      () => {},
    )
  }

  evict(): Promise<void> {
    const stopping = this.#current
    this.#current = undefined
    this.#ending = (async () => {
      const running = await stopping?.catch(() => undefined)
      running?.stop()
      await running?.gone
      this.#leave()
    })()
    return this.#ending
  }

  async #start(): Promise<RunningServer> {
    const { notice, room } = this.#place
    const name = nameOf(this.need)
    try {
      if (!this.#isInside) {
        this.waitsFor = `${name} waits for room`
        await room.enter(this)
        this.#isInside = true
      }
      this.waitsFor = `${name} starts`
      if (this.#hasCrashed) this.#restarts++
      this.#hasCrashed = false
      const began = performance.now()
      const running = await startServer(this.need, this.#place, {
        key: this.key,
        begin: (log) => {
          this.#logs.push(log)
          return ++this.#starts
        },
      })
      const readyMs = performance.now() - began
      this.#readyMs ??= readyMs
      this.address = running.address
      this.slots = running.slots
      notice(`${name} is ready after ${(readyMs / 1000).toFixed(1)} s, at ${running.address.url}`)
      void running.exited.then((exit) => (this.#ending = this.#ended(running, exit)))
      return running
    } catch (error) {
      this.#current = undefined
      if (AssayError.is(error) && error.kind === 'setup') this.#failure = error
      if (this.#isInside) this.#leave()
      throw error
    } finally {
      this.waitsFor = undefined
    }
  }

  /** Notes a crash; one who runs again has its place meanwhile. */
  async #ended(running: RunningServer, exit: ServerExit): Promise<void> {
    const isCondemned = this.#condemned === running
    if (exit.by === 'run' && !isCondemned) return this.#ending // it was evicted, or the run is over
    this.#current = undefined
    const how = isCondemned ? 'it answered no more' : describeExit(exit)
    const { need, key } = this
    const { log } = running
    this.#hasCrashed = true
    this.#crashes.push({ how, log, at: performance.now() })
    const recent = this.#crashes.filter(({ at }) => performance.now() - at < WINDOW).length
    if (exit.by === 'person') this.#failure = stoppedByPerson(need)
    else if (recent > RESTARTS) {
      this.#failure = await crashFailure({ need, how, exit, crashes: recent, log, key })
    }
    const next = this.#failure ? 'it is not started again' : 'it is started again if it is needed'
    this.#place.notice(`${nameOf(need)} has ended (${how}); ${next}`)
    await running.gone
    if (this.#failure) this.#leave()
  }

  #condemn(running: RunningServer): void {
    if (this.#condemned === running) return
    this.#condemned = running
    running.stop()
    this.#ending = running.exited.then(() => this.#ending)
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
