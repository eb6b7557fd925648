import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { expect, onTestFinished } from 'vitest'
import { isOwner, pidOf } from '../../src/server/supervisor/owner.ts'
import { createTree } from '../../src/server/supervisor/process-tree.ts'
import { processTable } from '../../src/server/supervisor/process-table.ts'
import type { StartOrder } from '../../src/server/protocol.ts'
import { stateFolder } from '../../src/server/supervisor/state-folder.ts'
import { killTree } from '../../src/server/supervisor/stop.ts'

/** Programs that play servers, for `node -e`. They write what a test wants to know into their log. */
export const programs = {
  /** Answers on its port. */
  listens: `require('http').createServer((_, r) => r.end('ok')).listen({port}, '{host}', () => console.log('ready'))`,
  /** Can only be killed. */
  ignoresTerm: `process.on('SIGTERM', () => console.log('asked')); setInterval(() => {}, 1e6); console.log('ready')`,
  /** Answers on its port, and holds it until a request that never ends is ended. */
  finishesRequests: `
    const server = require('http').createServer((_, r) => { r.write('a'); console.log('asked') })
    server.listen({port}, '{host}', () => console.log('ready'))
    let terms = 0
    process.on('SIGTERM', () => { if (++terms === 2) process.exit(1); server.close() })`,
  /**
   * Starts three processes that ignore SIGTERM: a child, one in a session of its own, and one without the mark
   * whose parent is in a session of its own.
   */
  family: `
    const { spawn } = require('child_process')
    const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log('pid ' + process.pid)"
    const start = (script, more) => spawn(process.execPath, ['-e', script], { stdio: 'inherit', ...more })
    start(stubborn)
    start(stubborn, { detached: true })
    start('require("child_process").spawn(process.execPath, ["-e", ' + JSON.stringify(stubborn) + '], { stdio: "inherit", env: {} })', { detached: true })
    setInterval(() => {}, 1e6)
    console.log('ready')`,
} as const

export interface Supervision {
  /** Environment with a state folder that no other test has. */
  readonly env: NodeJS.ProcessEnv
  readonly state: string
  /** A folder for logs. */
  readonly folder: string
  order(script: string, more?: Partial<StartOrder>): StartOrder
  /** Pids of the supervisors that have a folder. */
  supervisors(): number[]
  /** What a server has printed. */
  printed(order: StartOrder): Promise<string>
  /** Resolves when a server has printed this many lines that match. */
  untilPrinted(order: StartOrder, line: RegExp, count?: number): Promise<string[]>
}

/** A folder for a test, and what is to be in it. Whatever the test starts is killed at its end. */
export async function supervision(): Promise<Supervision> {
  const folder = await mkdtemp(join(tmpdir(), 'supervise-'))
  const env = { ...process.env, TMPDIR: folder }
  const state = stateFolder(env)
  const ids: string[] = []
  onTestFinished(async () => {
    await Promise.all(ids.map((mark) => killTree(createTree({ leader: null, mark }))))
    await rm(folder, { recursive: true, force: true })
  })
  const printed = (order: StartOrder) => readFile(order.log, 'utf8').catch(() => '')
  return {
    env,
    state,
    folder,
    order(script, more = {}) {
      const id = randomUUID().slice(0, 8)
      ids.push(id)
      return {
        id,
        provider: 'acme',
        model: 'small',
        command: process.execPath,
        args: ['-e', script],
        env: { PATH: process.env['PATH'] ?? '' },
        cwd: folder,
        log: join(folder, `${id}.log`),
        port: 'auto',
        stopGrace: 20_000,
        stopAgain: null,
        ...more,
      }
    },
    supervisors: () => namesIn(state).filter(isOwner).map(pidOf),
    printed,
    async untilPrinted(order, line, count = 1) {
      const found = async () => (await printed(order)).split('\n').filter((one) => line.test(one))
      await expect.poll(async () => (await found()).length, soon).toBeGreaterThanOrEqual(count)
      return found()
    },
  }
}

/** For what comes when the computer gets to it. */
export const soon = { timeout: 20_000, interval: 10 } as const

export function lives(pid: number): boolean {
  return processTable.startOf(pid) !== null
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The pids in lines as `pid 123`. */
export function pidsIn(lines: readonly string[]): number[] {
  return lines.map((line) => Number(/\d+/.exec(line)?.[0]))
}
