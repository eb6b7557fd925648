import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import {
  procTable,
  type ProcessTable,
  psTable,
} from '../../../src/server/supervisor/process-table.ts'
import { soon } from '../../support/supervision.ts'

const tables: [string, ProcessTable][] = [['ps', psTable]]
if (existsSync('/proc/self/stat')) tables.push(['/proc', procTable])

test.for(tables)('%s lists a child with its parent, and one in a session of its own', (row) => {
  const [, table] = row
  const children = [false, true].map((detached) =>
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached, stdio: 'ignore' }),
  )
  onTestFinished(() => children.forEach((child) => void child.kill('SIGKILL')))
  const list = table.list()
  const [mine, plain, detached] = [process.pid, children[0]!.pid, children[1]!.pid].map((wanted) =>
    list.find(({ pid }) => pid === wanted),
  )
  expect(plain).toMatchObject({ parent: process.pid, session: mine!.session })
  expect(detached).toMatchObject({ parent: process.pid, session: detached!.pid })
  expect(table.startOf(process.pid)).toBe(mine!.start)
})

test.for(tables)(
  'in %s a process that has ended is none, also if nobody has noticed',
  async (row) => {
    const [, table] = row
    // the shell does not ask how its child ended
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 1000'])
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(printed.toString())
    await expect.poll(() => table.startOf(pid), soon).toBe(null)
    expect(table.list().map((entry) => entry.pid)).not.toContain(pid)
  },
)

test.runIf(existsSync('/proc/self/stat'))(
  'a variable is found by its whole name and value',
  async () => {
    const env = { AB: 'xy', MARK: 'one' }
    const child = spawn(process.execPath, ['-e', 'console.log(1);setInterval(() => {}, 1e6)'], {
      env,
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    const has = (name: string, value: string) => procTable.hasVariable(child.pid!, name, value)
    expect([has('MARK', 'one'), has('AB', 'xy')]).toEqual([true, true])
    expect([has('ARK', 'one'), has('MARK', 'on'), has('AB', 'x')]).toEqual([false, false, false])
    expect(procTable.hasVariable(2 ** 22 + 1, 'MARK', 'one')).toBe(false)
  },
)
