import { setTimeout as sleep } from 'node:timers/promises'
import type { Ending } from './endings.ts'
import { leftovers, listeners, type PortRange } from './leftovers.ts'
import { type Moment, type Running, TooLate, untilEnded, untilMoment } from './moment.ts'
import type { Pool } from './options.ts'
import { createRandom } from './random.ts'
import type { Session } from './session.ts'
import { createStage, type Stage } from './stage.ts'
import { createTarget } from './target.ts'

/** One run with one ending. */
export interface Case {
  readonly ending: Ending
  readonly vitest: string
  readonly pool: Pool
  readonly seed: number
}

export interface Outcome {
  readonly moment: Moment | undefined
  /** `null` after a signal, or if it did not end. */
  readonly exitCode: number | null
  /** Milliseconds until all was gone. */
  readonly goneMs: number
  /** What went wrong, a line for each. */
  readonly problems: readonly string[]
  /** What the run printed. */
  readonly output: string
}

export interface CasePlace {
  /** Folder with the Vitest and the package. */
  readonly home: string
  readonly llamaServer: string
  /** Where the servers of the run may listen, and nothing else. */
  readonly ports: PortRange
  /** Ends it early; everything is still cleaned up. */
  readonly signal: AbortSignal
}

const GONE_WITHIN = 10_000
/** Runs that may be over before they could be ended, as on a machine that is busy for a moment. */
const TRIES = 3

/** Runs it, ends it, and looks what is left. Leaves nothing itself. */
export async function runCase(one: Case, place: CasePlace): Promise<Outcome> {
  let outcome = await tryCase(one, place)
  for (let tries = 1; outcome.isTooLate && tries < TRIES; tries++) {
    outcome = await tryCase(one, place)
  }
  return outcome
}

async function tryCase(
  one: Case,
  place: CasePlace,
): Promise<Outcome & { readonly isTooLate: boolean }> {
  const { ending, vitest, pool, seed } = one
  const random = createRandom([seed, ending.name, vitest, pool].join(' '))
  await using stage = await createStage(one, place, random)
  const moment = ending.moments.length > 0 ? random.pick(ending.moments) : undefined
  const outcome = (goneMs: number, problems: readonly string[], isTooLate = false) => ({
    isTooLate,
    moment,
    exitCode: stage.sessions[0]?.exitCode ?? null,
    goneMs,
    problems,
    output: stage.sessions.map(({ output }) => output).join('\n'),
  })
  try {
    requireFree(place.ports)
    const run = stage.start({ isWatching: ending.isWatching, files: [] })
    const running = { project: stage.project, run, random, signal: place.signal }
    if (moment) await untilMoment(moment, running)
    let since = performance.now()
    await ending.strike(createTarget(running, stage.processes, ending.isWatching))
    if (ending.nextRunReaps) await runNext(stage, running)
    else if (ending.goesOn) await untilEnded(run, place.signal)
    if (ending.nextRunReaps || ending.goesOn) since = performance.now()
    const left = await untilGone(() => leftovers({ ...stage, ...place }), since, place.signal)
    const goneMs = performance.now() - since
    return outcome(goneMs, left.length > 0 ? left : await codeProblem(run, ending))
  } catch (error) {
    place.signal.throwIfAborted()
    return outcome(0, [(error as Error).message], error instanceof TooLate)
  }
}

/** Some time later a person starts another run. */
async function runNext(stage: Stage, { random, signal }: Running): Promise<void> {
  await sleep(random.upTo(1500), undefined, { signal })
  await untilEnded(stage.start({ isWatching: false, files: ['llama'] }), signal)
}

function requireFree(ports: PortRange): void {
  const taken = listeners(ports)
  if (taken.length > 0) throw new Error(`something else listens on ${taken.join(', ')}`)
}

/** What is left when the time is up; nothing as soon as all is gone. */
async function untilGone(
  left: () => string[],
  since: number,
  signal: AbortSignal,
): Promise<string[]> {
  for (;;) {
    const lines = left()
    if (lines.length === 0 || performance.now() - since > GONE_WITHIN) return lines
    await sleep(20, undefined, { signal })
  }
}

async function codeProblem(run: Session, ending: Ending): Promise<string[]> {
  await run.ended // its process has, but this one may not have heard of it
  if (ending.exitCode === null || run.exitCode === ending.exitCode) return []
  return [`exit code ${run.exitCode}, not ${ending.exitCode}`]
}
