import { setTimeout as sleep } from 'node:timers/promises'
import type { VllmFaults } from '../support/fake-vllm.ts'
import type { Moment } from './moment.ts'
import type { Pool } from './options.ts'
import { send } from './processes.ts'
import type { ProjectOptions } from './project.ts'
import type { Random } from './random.ts'
import type { Target } from './target.ts'

/** A way in which a run comes to its end. */
export interface Ending {
  readonly name: string
  readonly about: string
  /** When it may strike; none for a run that ends by itself. */
  readonly moments: readonly Moment[]
  /** Pools that have it. */
  readonly pools: readonly Pool[]
  /** The run is in watch mode, in a terminal. */
  readonly isWatching: boolean
  /** The run ends by itself afterwards, and what it leaves is counted from there. */
  readonly goesOn: boolean
  /** What is left may live until the next run has started. */
  readonly nextRunReaps: boolean
  /** Exit code of the run; `null` for any. */
  readonly exitCode: number | null
  readonly settings: (random: Random) => Pick<ProjectOptions, 'badFlag' | 'timeout'>
  readonly faults: (random: Random) => VllmFaults
  strike(target: Target): Promise<void> | void
}

const most: Omit<Ending, 'name' | 'about'> = {
  moments: ['start', 'requests', 'end'],
  pools: ['forks', 'threads'],
  isWatching: false,
  goesOn: false,
  nextRunReaps: false,
  exitCode: null,
  settings: () => ({}),
  faults: () => ({}),
  strike: () => {},
}
const byItself = { ...most, moments: [], goesOn: true }
const inTerminal = { ...most, isWatching: true, moments: ['start', 'requests', 'idle'] as const }

const all: readonly Ending[] = [
  { ...byItself, name: 'normal', about: 'the run ends by itself', exitCode: 0 },
  {
    ...byItself,
    name: 'bad-flag',
    about: 'a server does not start: a flag that it does not know',
    exitCode: 1,
    settings: (random) => ({ badFlag: random.pick(['llama', 'vllm']) }),
  },
  {
    ...byItself,
    name: 'test-timeout',
    about: 'the time of a test is up in the middle of a request',
    exitCode: 1,
    settings: (random) => ({ timeout: Math.round(2500 + random.upTo(1500)) }),
    faults: () => ({ tokenMs: 500 }),
  },
  {
    ...most,
    name: 'ctrl-c',
    about: 'SIGINT to the whole group, as from a terminal',
    exitCode: 130,
    strike: ({ main }) => send(-main, 'SIGINT'),
  },
  {
    ...most,
    name: 'ctrl-c-twice',
    about: 'and again within half a second',
    strike: async ({ main, random }) => {
      send(-main, 'SIGINT')
      await sleep(random.upTo(500))
      send(-main, 'SIGINT')
    },
  },
  {
    ...most,
    name: 'ctrl-c-hung-start',
    about: 'SIGINT to the whole group while a server hangs in its start',
    moments: ['start'],
    exitCode: 130,
    faults: (random) => ({ hangAtStage: random.pick([0, 1, 2, 3]) }),
    strike: ({ main }) => send(-main, 'SIGINT'),
  },
  {
    ...most,
    name: 'sigterm',
    about: 'SIGTERM to the main process',
    exitCode: 143,
    strike: ({ main }) => send(main, 'SIGTERM'),
  },
  {
    ...most,
    name: 'kill-main',
    about: 'SIGKILL of the main process',
    strike: ({ main }) => send(main, 'SIGKILL'),
  },
  {
    ...most,
    name: 'kill-worker',
    about: 'SIGKILL of a worker; a thread is no process and has no such end',
    pools: ['forks'],
    moments: ['start', 'requests'],
    goesOn: true,
    strike: ({ workers, random }) => send(random.pick(workers), 'SIGKILL'),
  },
  {
    ...most,
    name: 'kill-supervisor',
    about: 'SIGKILL of the supervisor, the run goes on',
    goesOn: true,
    strike: ({ supervisor }) => send(supervisor, 'SIGKILL'),
  },
  {
    ...most,
    name: 'term-supervisor',
    about: 'SIGTERM to the supervisor, the run goes on',
    goesOn: true,
    exitCode: 0,
    strike: ({ supervisor }) => send(supervisor, 'SIGTERM'),
  },
  {
    ...most,
    name: 'kill-both',
    about: 'SIGKILL of the main process and the supervisor: gone after the next run',
    nextRunReaps: true,
    strike({ main, supervisor }) {
      send(supervisor, 'SIGKILL')
      send(main, 'SIGKILL')
    },
  },
  {
    ...inTerminal,
    name: 'watch-ctrl-c',
    about: 'watch mode: Ctrl-C',
    strike: ({ press }) => press('\u0003'),
  },
  { ...inTerminal, name: 'watch-q', about: 'watch mode: q', strike: ({ press }) => press('q') },
  {
    ...inTerminal,
    name: 'watch-closed',
    about: 'watch mode: the terminal is closed',
    strike: ({ terminal }) => send(terminal, 'SIGKILL'),
  },
]

export const endings: Readonly<Record<string, Ending>> = Object.fromEntries(
  all.map((ending) => [ending.name, ending]),
)
