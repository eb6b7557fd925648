import { setTimeout as sleep } from 'node:timers/promises'
import type { EndingProject, Progress } from './project.ts'
import type { Random } from './random.ts'
import type { Session } from './session.ts'

/** While the servers start, while requests are in flight, with the last rows, when watch mode waits. */
export type Moment = 'start' | 'requests' | 'end' | 'idle'

const hasCome: Readonly<Record<Moment, (progress: Progress, output: string) => boolean>> = {
  start: ({ isStarting }) => isStarting,
  requests: ({ isAsking }) => isAsking,
  end: ({ isNearEnd }) => isNearEnd,
  idle: (_, output) => /file changes/.test(output),
}

/** Milliseconds for which it lasts, at least. */
const lasts: Readonly<Record<Moment, number>> = { start: 700, requests: 1200, end: 300, idle: 500 }

/** Milliseconds for a run that ends by itself. */
const RUN_LIMIT = 90_000

export interface Running {
  readonly project: EndingProject
  readonly run: Session
  readonly random: Random
  readonly signal: AbortSignal
}

/** The run was quicker than its ending: nothing is known of that one. */
export class TooLate extends Error {}

/** Waits for a moment of a run, and for a random part of it. */
export async function untilMoment(
  moment: Moment,
  { project, run, random, signal }: Running,
): Promise<void> {
  const end = performance.now() + RUN_LIMIT
  while (!hasCome[moment](project.progress(), run.output)) {
    if (run.hasEnded) throw new TooLate(`the run was over before its ${moment}`)
    if (performance.now() > end) throw new Error(`no ${moment} of the run in ${RUN_LIMIT} ms`)
    await sleep(10, undefined, { signal })
  }
  await sleep(random.upTo(lasts[moment]), undefined, { signal })
  if (run.hasEnded) throw new TooLate('the run was over before it could be ended')
}

export async function untilEnded(run: Session, signal: AbortSignal): Promise<void> {
  const end = performance.now() + RUN_LIMIT
  while (!run.hasEnded) {
    if (performance.now() > end) throw new Error(`the run did not end in ${RUN_LIMIT} ms`)
    await sleep(10, undefined, { signal })
  }
}
