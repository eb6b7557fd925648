import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case, CasePlace } from './case.ts'
import { followProcesses, MARK, type Processes } from './processes.ts'
import { createProject, type EndingProject } from './project.ts'
import type { Random } from './random.ts'
import { type Session, startSession } from './session.ts'

/** Where the runs of one case happen. Its disposal kills what still lives and removes all files. */
export interface Stage extends AsyncDisposable {
  readonly project: EndingProject
  readonly processes: Processes
  /** The temporary folder of the runs. */
  readonly folder: string
  /** Those that were started. */
  readonly sessions: readonly Session[]
  /** Starts a Vitest on all eval files, or on some. */
  start(options: { readonly isWatching: boolean; readonly files: readonly string[] }): Session
}

const LOOK_EVERY = 100

export async function createStage(one: Case, place: CasePlace, random: Random): Promise<Stage> {
  const { ending, vitest, pool, seed } = one
  const { home, ports } = place
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'ending-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const engine = { engineSetsid: true, engineIgnoreTerm: true }
  const project = await createProject(home, {
    pool,
    ports,
    faults: { ...engine, engineScrubEnv: random.pick([true, false]), ...ending.faults(random) },
    ...ending.settings(random),
  })
  stack.defer(() => project.remove())
  const mark = [process.pid, seed, ending.name, vitest, pool].join('-')
  const processes = followProcesses(mark)
  stack.defer(() => processes.kill())
  const looking = setInterval(() => processes.look(), LOOK_EVERY)
  stack.defer(() => clearInterval(looking))
  const sessions: Session[] = []
  const disposal = stack.move()
  return {
    project,
    processes,
    folder,
    sessions,
    start({ isWatching, files }) {
      const session = startSession({
        cwd: project.folder,
        env: { ...environment(folder, place), ...project.env, [MARK]: mark },
        command: [
          join(home, 'node_modules/vitest/vitest.mjs'),
          ...[isWatching ? 'watch' : 'run', '--project', 'evals', ...files],
        ],
        terminal: isWatching,
      })
      sessions.push(session)
      return session
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  }
}

/** Only what a run needs: it is not to find servers, keys or settings of the person who starts this. */
function environment(folder: string, { llamaServer }: CasePlace): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  const shown = { TERM: 'xterm', SHELL: '/bin/sh', NO_COLOR: '1', AI_AGENT: '' }
  return { PATH, HOME, ...shown, TMPDIR: folder, LLAMA_SERVER_BIN: llamaServer }
}
