import type { Call } from '../../model/call.ts'
import { type Entry, toResponse } from './entry.ts'
import { readShared, type SharedBody } from './shared-body.ts'
import { type SharedClock, shareClock } from './shared-clock.ts'

/** What a request came to: a response that was kept, or one that the server sends. */
export type Answer = { readonly from: 'store'; readonly entry: Entry } | FromServer

export interface FromServer {
  readonly from: 'server'
  readonly response: Response
  readonly body: SharedBody
  /** Keeps it, once it is complete. */
  readonly keep: () => void
}

export interface FlightOptions {
  /** The call that asked first. */
  readonly leader: Call
  /** Finds the answer, on a call and a signal of the flight's own. */
  readonly run: (call: Call, signal: AbortSignal) => Promise<Answer>
  /** Called when nobody can join any more. */
  readonly onEnd: () => void
}

/** One who waits for the answer. */
interface Seat {
  readonly call: Call
  readonly since: number
}

/**
 * One request for all who ask for the same at the same time. It lives as long as one of them waits: who
 * leaves takes nothing from the others. One call pays: the first that is there when the answer comes.
 */
export class Flight {
  readonly answer: Promise<Answer>
  readonly #upstream = new AbortController()
  readonly #clock: SharedClock = shareClock()
  readonly #since: number = performance.now()
  readonly #seats = new Set<Seat>()
  /** Counts what is sent, until one of the calls takes it over. */
  readonly #call: Call
  readonly #onEnd: () => void
  #payer: Seat | undefined
  #ended = false

  constructor({ leader, run, onEnd }: FlightOptions) {
    const own = { clock: this.#clock, attempts: 0, waitedMs: 0, cached: false, completed: [] }
    this.#call = { ...leader, ...own }
    this.#onEnd = onEnd
    this.answer = this.#fly(run)
    this.answer.catch(() => {}) // who waits for it hears it
  }

  /** The response for one call. @throws the reason of `signal` as soon as that aborts */
  async board(call: Call, signal?: AbortSignal | null): Promise<Response> {
    const seat: Seat = { call, since: performance.now() }
    this.#seats.add(seat)
    const resumeClock = this.#clock.add(call.clock)
    try {
      const answer = await abortable(this.answer, signal)
      // a call of several requests is a cached one if it sent none of them
      if (seat !== this.#payer) call.cached = call.attempts === 0
      if (answer.from === 'store') return toResponse(answer.entry)
      const onLeave = (reason: unknown) => this.#leave(seat, reason)
      return copyOf(answer.response, readShared(answer.body, { signal, onLeave }))
    } catch (error) {
      this.#leave(seat, error)
      throw error
    } finally {
      resumeClock()
    }
  }

  async #fly(run: FlightOptions['run']): Promise<Answer> {
    const end = () => this.#end()
    try {
      const answer = await run(this.#call, this.#upstream.signal)
      if (answer.from === 'server') {
        this.#bill()
        answer.body.ended.then(end, end)
      } else {
        end()
      }
      return answer
    } catch (error) {
      this.#bill()
      end()
      throw error
    }
  }

  /** Books what was sent on the one that is there first. */
  #bill(): void {
    const [payer] = this.#seats
    this.#payer = payer
    if (!payer) return
    payer.call.cached = false
    payer.call.attempts += this.#call.attempts
    // the wait came first; who joined later waited less
    const missedMs = payer.since - this.#since
    payer.call.waitedMs += Math.max(0, this.#call.waitedMs - missedMs)
  }

  #leave(seat: Seat, reason: unknown): void {
    this.#seats.delete(seat)
    if (this.#ended) return
    if (this.#payer === seat) this.#bill()
    if (this.#seats.size > 0) return
    this.#end()
    this.#upstream.abort(reason)
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd()
  }
}

async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  if (!signal) return promise
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The same response with a body of its own; some statuses allow none. */
function copyOf(response: Response, stream: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, body } = response
  return new Response(body && stream, { status, statusText, headers })
}
