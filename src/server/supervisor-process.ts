import { fork } from 'node:child_process'
import { parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FromSupervisor, ToSupervisor } from './protocol.ts'

/** The process of a supervisor, as its parent sees it. */
export interface SupervisorProcess {
  /** Whether it can still be told something. */
  isOpen(): boolean
  tell(message: ToSupervisor): void
  /** Keeps this process alive until `awaited` is settled; nothing else of the supervisor does. */
  stayFor(awaited: Promise<unknown>): void
  kill(): void
  /** When it has ended: how, in words. Never rejects. */
  readonly ended: Promise<string>
}

export interface SupervisorPlace {
  /** Its environment, which also says where its files are. */
  readonly env: NodeJS.ProcessEnv
  /** Folders of this process that are removed when it ends without doing so. */
  readonly leftovers: readonly string[]
}

/** Starts a supervisor in a session of its own: it gets neither Ctrl-C nor the hang-up of the terminal. */
export function forkSupervisor(
  { env, leftovers }: SupervisorPlace,
  receive: (message: FromSupervisor) => void,
): SupervisorProcess {
  const child = fork(supervisorFile(), leftovers, {
    cwd: parse(process.execPath).root, // it must not keep a folder of the project in use
    env: { ...env, NODE_OPTIONS: '' },
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  let awaited = 0
  let isOver = false
  const ended = new Promise<string>((resolve) => {
    const settle = (how: string) => {
      isOver = true
      resolve(how)
    }
    child.once('error', (error) => settle(error.message))
    child.once('exit', (code, signal) => settle(signal ? `signal ${signal}` : `exit code ${code}`))
  })
  child.on('message', receive)
  child.unref()
  child.channel?.unref()

  function release(): void {
    if (--awaited > 0) return
    child.unref()
    child.channel?.unref()
  }

  return {
    isOpen: () => !isOver && child.connected,
    tell(message) {
      if (child.connected) child.send(message, () => {}) // its end is told by `ended`
    },
    stayFor(promise) {
      awaited++
      child.ref()
      child.channel?.ref()
      promise.then(release, release)
    },
    kill: () => void child.kill('SIGKILL'),
    ended,
  }
}

/** The program: an entry of the build, or among the sources. */
function supervisorFile(): string {
  const here = import.meta.url
  return fileURLToPath(
    new URL(here.endsWith('.ts') ? './supervisor/supervisor.ts' : './supervisor.mjs', here),
  )
}
