import type { Secret } from './secret.ts'

/**
 * How a local server is started, told from others, and stopped. Plain data: the main process gets it from
 * workers, and equal needs share one server.
 *
 * In `args` and `env`, `{port}` and `{host}` stand for where the server is to listen, and `{nonce}` for a
 * word that only this start has.
 */
export interface ServerNeed {
  /** As in a spec: for people. */
  readonly provider: string
  readonly model: string
  /** The program: a path, or a name that is looked up on the PATH. */
  readonly command: string
  /** How the program is installed: a sentence for the error where it is not there. */
  readonly install: string
  /** The server's key is never among them. */
  readonly args: readonly string[]
  /** Set over the environment of the main process; `null` takes a variable out of it. */
  readonly env: Readonly<Record<string, string | null>>
  /** What names of variables begin with that the server must not inherit. */
  readonly withoutEnv: readonly string[]
  /** Variable from which the server reads its key; `null` for a server without one. */
  readonly keyVariable: string | null
  /** Folder that it runs in. */
  readonly cwd: string
  readonly port: PortChoice
  readonly ready: Readiness
  /** Milliseconds from the start until it is ready. */
  readonly startTimeout: number
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly stopGrace: number
  /** Milliseconds after which SIGTERM is sent once more; `null` for never. */
  readonly stopAgain: number | null
  /** GPUs that it runs on, by id; none for wherever the server itself chooses. */
  readonly gpus: readonly string[]
  /** The part of its GPUs' memory that it takes for itself, from 0 to 1. */
  readonly gpuShare: number
  readonly requirements: ServerRequirements
  /** Folder that grows while the server downloads the model; `null` where it downloads none. */
  readonly downloads: string | null
}

/** `'auto'`, one port, or the first and the last of a range. */
export type PortChoice = 'auto' | number | readonly [first: number, last: number]

/** What must be free before a server is started, in GB of 10⁹ bytes. */
export interface ServerRequirements {
  readonly memoryGb?: number | undefined
  /** Of each of its GPUs. */
  readonly gpuMemoryGb?: number | undefined
}

/** When a server is ready: it is healthy, it is ours, and it has made a token. */
export interface Readiness {
  /** Path that answers 200 as soon as the server can be asked. */
  readonly health: string
  /** Path of the list of models, in which `{nonce}` must stand if the arguments have it. */
  readonly models: string
  /** A request for one token; `null` where the provider asks for it itself. */
  readonly token: { readonly path: string; readonly body: object } | null
  /** Path of what llama.cpp calls properties, with `total_slots`; `null` for other servers. */
  readonly slots: string | null
}

/** Where a server listens. */
export interface ServerAddress {
  /** As `http://127.0.0.1:21034`. */
  readonly url: string
  /** Counts the starts of this server, from 1: what comes back after a crash has a higher one. */
  readonly start: number
}

/** A share in a server that runs. It is not stopped while somebody has one. */
export interface ServerLease {
  /** Goes into `Authorization: Bearer …`; `null` for a server without a key. The same for all its starts. */
  readonly key: Secret | null
  /** Requests that it works on at once, `null` where it does not say. */
  readonly slots: number | null
  /** Where it listens, as far as is known here. */
  readonly address: ServerAddress
  /**
   * Called when a request to `seen` failed. Resolves at once if the server is there, and else when it was
   * started again; `address` is up to date then.
   * @throws AssayError saying how it died, if it is not started again
   */
  recover(seen: ServerAddress, signal?: AbortSignal): Promise<void>
  /** A second call does nothing. */
  release(): void
}

export interface LeaseOptions {
  /** What the asker already holds and will not let go of while it waits. @default nothing */
  readonly besides?: readonly ServerLease[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Who starts servers and lends them: the pool of the main process, or a worker's line to it. */
export interface Leases {
  /** @throws AssayError of kind `setup` when the server cannot be started, at once if that is known */
  lease(need: ServerNeed, options?: LeaseOptions): Promise<ServerLease>
}

/** What became of one server in a run. */
export interface ServerHistory {
  readonly provider: string
  readonly model: string
  readonly starts: number
  /** Starts after a crash. */
  readonly restarts: number
  /** Its ends that nobody had asked for. */
  readonly crashes: readonly ServerCrash[]
  /** Milliseconds from the first start until it was ready; `null` if it never was. */
  readonly readyMs: number | null
  /** Logs of its starts. */
  readonly logs: readonly string[]
}

export interface ServerCrash {
  /** In words: `exit code 1`, `signal SIGKILL`. */
  readonly how: string
  /** Log of the start that ended so. */
  readonly log: string
}
