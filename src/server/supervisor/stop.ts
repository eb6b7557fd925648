import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessTree } from './process-tree.ts'

const BOUND = 5000
const LONGEST_PAUSE = 100

/** Kills all of a tree and waits until none lives, for 5 s at most: the kernel may keep one that it cannot end. */
export async function killTree(tree: ProcessTree): Promise<void> {
  const end = performance.now() + BOUND
  let isEmpty = false
  for (let pause = 2; performance.now() < end; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const members = tree.members()
    // twice, since a process that forks and ends in between is not seen, nor what it forked
    if (members.length === 0 && isEmpty) return
    isEmpty = members.length === 0
    for (const { pid } of members) signal(pid, 'SIGKILL')
    await sleep(pause)
  }
}

export interface StopperOptions {
  /** The first process, a child of this one that has not ended. */
  readonly pid: number
  readonly tree: ProcessTree
  /** Milliseconds after which SIGTERM is sent once more; `null` for never. */
  readonly again: number | null
  readonly platform?: NodeJS.Platform
}

export interface Stopper {
  /** SIGTERM to the first process, and SIGKILL to all after `grace` ms. A later call can only shorten it. */
  stop(grace: number): void
  /** The first process has ended: its pid may soon be somebody else's. Resolves when nothing of the tree lives. */
  ended(): Promise<void>
}

/** The first process alone is asked, since it knows how to end its children. */
export function createStopper({
  pid,
  tree,
  again,
  platform = process.platform,
}: StopperOptions): Stopper {
  const timers: NodeJS.Timeout[] = []
  let isAsked = false
  let isOver = false

  function ask(): void {
    isAsked = true
    if (platform === 'win32') {
      // there is no signal to ask with, and without its parent a child is not found
      execFile('taskkill', ['/pid', String(pid), '/T', '/F'], () => {})
      return
    }
    tree.members() // remembers whom the first process would leave behind
    signal(pid, 'SIGTERM')
    if (again !== null) timers.push(setTimeout(signal, again, pid, 'SIGTERM'))
  }

  return {
    stop(grace) {
      if (isOver) return
      if (!isAsked) ask()
      timers.push(setTimeout(() => void killTree(tree), grace))
    },
    ended() {
      isOver = true
      for (const timer of timers) clearTimeout(timer)
      return killTree(tree)
    },
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it has ended by itself
  }
}
