import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from './moment.ts'
import type { Processes, Seen } from './processes.ts'
import type { Random } from './random.ts'

/** What an ending may strike. */
export interface Target {
  /** Vitest's main process, which leads its group. */
  readonly main: number
  /** The process that has opened the terminal. */
  readonly terminal: number
  /** Processes, not threads, that ran an eval file. */
  readonly workers: readonly number[]
  readonly supervisor: number
  readonly random: Random
  /** Types keys again and again until the run has ended, as a person would. */
  press(keys: string): Promise<void>
}

const PRESS_EVERY = 1000
const PRESSES = 10

/** @throws Error where a process that is asked for is not there */
export function createTarget(
  { project, run, random, signal }: Running,
  processes: Processes,
  isWatching: boolean,
): Target {
  const living = processes.look()
  const find = (what: string, is: (seen: Seen) => boolean) => {
    const found = living.find(is)
    if (!found) throw new Error(`there is no ${what}`)
    return found.pid
  }
  const mainOf = () => find('main process', ({ parent }) => parent === run.pid)
  const main = isWatching ? mainOf() : run.pid
  return {
    main,
    terminal: run.pid,
    get workers() {
      const own = project.progress().workers.filter((pid) => pid !== main)
      return own.filter((worker) => living.some(({ pid }) => pid === worker))
    },
    get supervisor() {
      return find('supervisor', ({ command }) => command.includes('supervisor.mjs'))
    },
    random,
    async press(keys) {
      for (let left = PRESSES; left > 0 && !run.hasEnded; left--) {
        run.press(keys)
        await Promise.race([run.ended, sleep(PRESS_EVERY, undefined, { signal })])
      }
    },
  }
}
