/** What the environment variable `FAKE_VLLM` may say, as JSON. */
export interface VllmFaults {
  /** Milliseconds from the start of the engine until the server listens. @default 100 */
  readonly loadMs?: number
  /** Stage of the load, from 0 to 4, at which the engine runs out of GPU memory. */
  readonly crashAtStage?: number
  /** Stage at which the load stands still and nothing is printed any more. */
  readonly hangAtStage?: number
  /** The API server does not react to SIGTERM and SIGINT. */
  readonly ignoreTerm?: boolean
  /** Milliseconds from SIGTERM until it begins to stop. */
  readonly termMs?: number
  /** The engine does not react to SIGTERM and SIGINT, and the API server leaves without it. */
  readonly engineIgnoreTerm?: boolean
  /** The engine has a session, and so a process group, of its own. */
  readonly engineSetsid?: boolean
  /** The engine starts a helper with an empty environment, which nobody tells to stop. */
  readonly engineScrubEnv?: boolean
  /** The request, from 1, at which the engine dies. */
  readonly engineDiesAfter?: number
  /** Milliseconds after which the API server notices that, and leaves. @default 5000 */
  readonly watchdogMs?: number
  /** The request, from 1, at which the API server gets SIGKILL: its engine lives on. */
  readonly apiDiesAfter?: number
  /** Bytes that are logged for each request. */
  readonly logFlood?: number
  /** Milliseconds for each token. @default 1 */
  readonly tokenMs?: number
  /** What the model says; else it tells model, port and GPUs. */
  readonly answer?: string
  /** Folder that stands for the memory of the GPUs, shared with the fake nvidia-smi. */
  readonly gpuDir?: string
  /** GiB of each GPU. @default 24 */
  readonly gpuTotal?: number
  /** File that gets a line of JSON for each start: a `FakeStart`. */
  readonly startsFile?: string
}

export function readFaults(): VllmFaults {
  return JSON.parse(process.env['FAKE_VLLM'] ?? '{}') as VllmFaults
}
