import type { Wait } from '../broker/desk/waits.ts'
import type { ProgressMessage } from '../broker/protocol.ts'

export interface StallOptions {
  /** The latest word on each eval. */
  readonly progress: ReadonlyMap<string, ProgressMessage>
  /** What requests wait for, in words. */
  readonly waits: () => readonly string[]
  readonly print: (line: string) => void
  /** Whether an eval file runs. */
  readonly isRunning: () => boolean
  /** After how long without a row that is done, in milliseconds. @default 60_000 */
  readonly afterMs?: number
}

/** Says what a run waits for when no row was done for a while, and again after each such while. */
export function watchForStall({
  progress,
  waits,
  print,
  isRunning,
  afterMs = 60_000,
}: StallOptions): { stop(): void } {
  let rows = 0
  let since = performance.now()
  const timer = setInterval(() => {
    const done = [...progress.values()].reduce((sum, one) => sum + one.rows, 0)
    const idle = performance.now() - since
    const isIdle = isRunning() && done === rows
    if (isIdle && idle < afterMs) return
    if (isIdle) {
      const reasons = waits()
      const what = reasons.length > 0 ? reasons.join('; ') : 'no request is in flight or waits'
      print(`no row was done for ${Math.round(afterMs / 1000)} s: ${what}`)
    }
    rows = done
    since = performance.now()
  }, afterMs / 12)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** What a model's requests wait for, in words. */
export function describeWait(wait: Wait): string {
  const { provider, model, waiting, waitingFor, inFlight, inFlightMs } = wait
  const parts = [
    ...(inFlight > 0 ? [`${inFlight} in flight, the oldest for ${seconds(inFlightMs)}`] : []),
    ...(waiting > 0 ? [`${waiting} wait (${waitingFor})`] : []),
  ]
  return `${provider}/${model}: ${parts.join(', ')}`
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`
}
