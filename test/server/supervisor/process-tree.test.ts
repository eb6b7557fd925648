import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  procTable,
  psTable,
  type ProcessEntry,
  type ProcessTable,
} from '../../../src/server/supervisor/process-table.ts'
import { createTree } from '../../../src/server/supervisor/process-tree.ts'
import { killTree } from '../../../src/server/supervisor/stop.ts'
import { lives, soon } from '../../support/supervision.ts'

/** A computer with these processes: pid, parent, session, and whether it carries the mark. */
function tableOf(...rows: [pid: number, parent: number, session: number, mark?: 'mark'][]): {
  table: ProcessTable
  set(...next: typeof rows): void
} {
  let now = rows
  const entry = ([pid, parent, session]: (typeof rows)[number]): ProcessEntry => ({
    pid,
    parent,
    session,
    start: `start of ${pid}`,
  })
  const table: ProcessTable = {
    list: () => now.map(entry),
    startOf: () => null,
    hasVariable: (pid) => now.some(([other, , , mark]) => other === pid && mark === 'mark'),
    writesTo: () => false,
  }
  return { table, set: (...next) => void (now = next) }
}

const leader = { pid: 100, start: 'start of 100' }

function pids(entries: readonly ProcessEntry[]): number[] {
  return entries.map(({ pid }) => pid)
}

test('children, sessions that the tree opened, and what carries the mark belong to it, nothing else', () => {
  const { table } = tableOf(
    [50, 1, 50], // somebody's terminal
    [60, 50, 50],
    [100, 60, 100],
    [101, 100, 100],
    [102, 101, 102], // a session of its own
    [103, 1, 102], // in it, its parent is gone
    [104, 1, 104, 'mark'],
    [105, 104, 104],
    [106, 50, 50, 'mark'],
    [107, 50, 50],
  )
  const tree = createTree({ leader, mark: 'x', table })
  expect(pids(tree.members())).toEqual([100, 101, 102, 103, 104, 105, 106])
})

test('what was seen once is found when nothing leads to it any more', () => {
  const { table, set } = tableOf([100, 60, 100], [101, 100, 100], [102, 101, 102])
  const tree = createTree({ leader, mark: 'x', table })
  expect(pids(tree.members())).toEqual([100, 101, 102])
  set([102, 1, 102], [103, 102, 103])
  expect(pids(tree.members())).toEqual([102, 103])
})

test('a pid that another process has got by now is not in the tree, nor is its session', () => {
  const { table } = tableOf([100, 50, 100], [101, 100, 100])
  const tree = createTree({ leader: { pid: 100, start: 'before' }, mark: 'x', table })
  expect(tree.members()).toEqual([])
})

test('neither PID 1 nor this process is ever in a tree', () => {
  const { table } = tableOf([1, 0, 1, 'mark'], [process.pid, 1, process.pid, 'mark'])
  expect(createTree({ leader: null, mark: 'x', table }).members()).toEqual([])
})

const tables: [string, ProcessTable][] = [['ps', psTable]]
if (existsSync('/proc/self/stat')) tables.push(['/proc', procTable])

test.for(tables)(
  'by %s a tree is killed with the grandchild whose parent has gone',
  async (row) => {
    const [, table] = row
    const shell = spawn('sh', ['-c', 'sh -c "sleep 1000 & sleep 1000 & wait" & wait'], {
      detached: true,
      stdio: 'ignore',
    })
    const start = table.startOf(shell.pid!)
    const tree = createTree({ leader: { pid: shell.pid!, start: start! }, mark: 'none', table })
    onTestFinished(() => killTree(tree))
    await expect.poll(() => tree.members().length, soon).toBe(4)
    const all = pids(tree.members())
    shell.kill('SIGKILL')
    await expect.poll(() => lives(shell.pid!), soon).toBe(false)
    expect(tree.members()).toHaveLength(3)
    await killTree(tree)
    expect(all.filter(lives)).toEqual([])
  },
)

test.runIf(existsSync('/proc/self/stat'))(
  'what writes to the log belongs to it, without a mark and after its parents are gone',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tree-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const log = join(folder, 'server.log')
    const file = openSync(log, 'a')
    // the shell starts it in the background, in a session of its own, and ends
    const shell = spawn('sh', ['-c', 'env -i setsid sleep 1000 & echo started'], {
      stdio: ['ignore', file, file],
    })
    closeSync(file)
    await once(shell, 'exit')
    const tree = createTree({ leader: null, mark: 'none', log })
    onTestFinished(() => killTree(tree))
    await expect.poll(() => tree.members().length, soon).toBe(1)
    const others = createTree({ leader: null, mark: 'none', log: `${log}.other` })
    expect(others.members()).toEqual([])
    const reader = spawn('tail', ['-f', log], { stdio: 'ignore' })
    onTestFinished(() => void reader.kill())
    await once(reader, 'spawn')
    const [found] = tree.members()
    expect(tree.members()).toHaveLength(1)
    await killTree(tree)
    expect(lives(found!.pid)).toBe(false)
    expect(lives(reader.pid!)).toBe(true)
  },
)
