import type { PortChoice } from '../model/lease.ts'

/** What the supervisor needs to start a server. */
export interface StartOrder {
  /** The nonce of this start. Marks the process tree, in the environment variable of `MARK`. */
  readonly id: string
  /** For people. */
  readonly provider: string
  readonly model: string
  /** Absolute path of the program. */
  readonly command: string
  /** In these and in `env`, `{port}` and `{host}` are still to be replaced. */
  readonly args: readonly string[]
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** File for what it prints; its folder is there. */
  readonly log: string
  readonly port: PortChoice
  readonly stopGrace: number
  readonly stopAgain: number | null
}

/** Environment variable that each process of a server's tree inherits. */
export const MARK = 'ASSAY_SERVER'
export const HOST = '127.0.0.1'

/** What the main process tells the supervisor. */
export type ToSupervisor =
  | { readonly type: 'start'; readonly order: StartOrder }
  | { readonly type: 'stop'; readonly id: string }
  /** How many hold a lease of the server, and whether it is ready: `assay servers` shows it. */
  | {
      readonly type: 'state'
      readonly id: string
      readonly users: number
      readonly ready: boolean
    }
  /** Stops all servers, removes all files, and ends the supervisor. */
  | { readonly type: 'close' }

/** What the supervisor tells the main process. */
export type FromSupervisor =
  | { readonly type: 'started'; readonly id: string; readonly pid: number; readonly port: number }
  /** It could not be started at all, in words for a person. No `exited` and no `gone` follow. */
  | { readonly type: 'failed'; readonly id: string; readonly message: string }
  | ({ readonly type: 'exited'; readonly id: string } & ServerExit)
  /** Nothing of its tree lives, and its port and record are free. Comes after `exited`. */
  | { readonly type: 'gone'; readonly id: string }

/** How the first process of a server ended. */
export interface ServerExit {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Who had asked for it; `null` for nobody: a crash, whatever the code. */
  readonly by: 'run' | 'person' | null
}

/** A server as `assay servers` shows it. */
export interface ListedServer {
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly pid: number
  readonly port: number
  readonly url: string
  readonly ready: boolean
  /** Leases. */
  readonly users: number
  /** ISO 8601. */
  readonly startedAt: string
  readonly log: string
  /** The main process of the run. */
  readonly runPid: number
}
