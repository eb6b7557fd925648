import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ending } from './endings.ts'
import { leftovers, listeners, type PortRange } from './leftovers.ts'
import { type Moment, untilEnded, untilMoment } from './moment.ts'
import type { Pool } from './options.ts'
import { followProcesses, MARK } from './processes.ts'
import { createProject } from './project.ts'
import { createRandom } from './random.ts'
import { type Session, startSession } from './session.ts'
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
const LOOK_EVERY = 100

/** Runs it, ends it, and looks what is left. Leaves nothing itself. */
export async function runCase(one: Case, place: CasePlace): Promise<Outcome> {
  const { ending, vitest, pool, seed } = one
  const { home, ports, signal } = place
  const random = createRandom([seed, ending.name, vitest, pool].join(' '))
  const mark = `${process.pid}-${seed}-${ending.name}-${vitest}-${pool}`
  const processes = followProcesses(mark)
  const folder = await mkdtemp(join(tmpdir(), 'ending-'))
  const engine = { engineSetsid: true, engineIgnoreTerm: true }
  const project = await createProject(home, {
    pool,
    ports,
    faults: { ...engine, engineScrubEnv: random.pick([true, false]), ...ending.faults(random) },
    ...ending.settings(random),
  })
  const moment = ending.moments.length > 0 ? random.pick(ending.moments) : undefined
  const looking = setInterval(() => processes.look(), LOOK_EVERY)
  const runs: Session[] = []
  const start = (isWatching: boolean, ...files: string[]) => {
    const run = startSession({
      cwd: project.folder,
      env: { ...environment(folder, place), ...project.env, [MARK]: mark },
      command: [
        join(home, 'node_modules/vitest/vitest.mjs'),
        ...[isWatching ? 'watch' : 'run', '--project', 'evals', ...files],
      ],
      terminal: isWatching,
    })
    runs.push(run)
    return run
  }

  async function end(run: Session): Promise<number> {
    const running = { project, run, random, signal }
    if (moment) await untilMoment(moment, running)
    const struck = performance.now()
    await ending.strike(createTarget(running, processes, ending.isWatching))
    if (ending.nextRunReaps) {
      await sleep(random.upTo(1500), undefined, { signal })
      await untilEnded(start(false, 'llama'), signal)
    } else if (ending.goesOn) {
      await untilEnded(run, signal)
    } else {
      return struck
    }
    return performance.now()
  }

  let since = performance.now()
  const problems: string[] = []
  try {
    requireFree(ports)
    const run = start(ending.isWatching)
    since = await end(run)
    problems.push(
      ...(await untilGone(() => leftovers({ processes, ports, folder }), since, signal)),
    )
    if (problems.length === 0) problems.push(...(await codeProblem(run, ending)))
  } catch (error) {
    signal.throwIfAborted()
    problems.push((error as Error).message)
  } finally {
    clearInterval(looking)
    await processes.kill()
    await rm(folder, { recursive: true, force: true })
    await project.remove()
  }
  const goneMs = performance.now() - since
  const output = runs.map((run) => run.output).join('\n')
  return { moment, exitCode: runs[0]?.exitCode ?? null, goneMs, problems, output }
}

/** Only what a run needs: it is not to find servers, keys or settings of the person who starts this. */
function environment(folder: string, { llamaServer }: CasePlace): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  const shown = { TERM: 'xterm', SHELL: '/bin/sh', NO_COLOR: '1', AI_AGENT: '' }
  return { PATH, HOME, ...shown, TMPDIR: folder, LLAMA_SERVER_BIN: llamaServer }
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
