import type { RequestSettings } from '../request/endpoint.ts'
import type { Contract } from './check-contract.ts'
import type { Replies, Reply } from './reply.ts'
import type { Handler } from './server.ts'
import type { Cut, Stage } from './stage.ts'

/** What the checks of one provider share. */
export interface Bench {
  /** The provider's name. */
  readonly name: string
  readonly contract: Contract
  /** None for a provider that sends no requests. */
  readonly replies: Replies | undefined
  /** Opens a stage; without a handler its server holds each request until the check answers it. */
  open(handler?: Handler | Reply, settings?: RequestSettings, cut?: Cut): Promise<Stage>
}

/** The bench of a provider that sends requests. */
export interface HttpBench extends Bench {
  readonly replies: Replies
}

/** One demand on a provider. */
export interface Check<B extends Bench = HttpBench> {
  /** Its first word names it; the rest says what is demanded. */
  readonly name: string
  run(bench: B): Promise<void>
}
