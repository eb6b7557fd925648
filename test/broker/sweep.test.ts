import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sweepAddresses } from '../../src/broker/sweep.ts'

const MINUTE = 60_000

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sweep-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** A folder as that of a broker, last changed two minutes ago. */
async function age(folder: string): Promise<void> {
  const then = new Date(Date.now() - 2 * MINUTE)
  await utimes(folder, then, then)
}

/** Leaves a socket behind, as a process does that is killed while it listens. */
async function leaveSocket(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const script = `require('net').createServer().listen(${JSON.stringify(join(folder, 'broker.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', script]), 'exit')
}

async function listenIn(folder: string): Promise<Server> {
  await mkdir(folder, { recursive: true })
  const server = createServer().listen(join(folder, 'broker.sock'))
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return server
}

test('the folder of a killed run is removed, that of one that lives is not', async () => {
  const temporary = await temporaryFolder()
  const [dead, live] = [join(temporary, 'assay-dead01'), join(temporary, 'assay-live01')]
  await leaveSocket(dead)
  await listenIn(live)
  await Promise.all([age(dead), age(live)])
  await sweepAddresses(temporary, MINUTE)
  expect(existsSync(dead)).toBe(false)
  expect(existsSync(join(live, 'broker.sock'))).toBe(true)
})

test('one that was changed within the minute stays: its broker may be about to listen', async () => {
  const temporary = await temporaryFolder()
  const folder = join(temporary, 'assay-young1')
  await leaveSocket(folder)
  await sweepAddresses(temporary, MINUTE)
  expect(existsSync(folder)).toBe(true)
  await sweepAddresses(temporary, 0)
  expect(existsSync(folder)).toBe(false)
})

test("what is not a broker's stays, whatever it is called", async () => {
  const temporary = await temporaryFolder()
  const foreign = join(temporary, 'assay-thesis')
  const mixed = join(temporary, 'assay-mixed1')
  const servers = join(temporary, 'assay-servers-0')
  await mkdir(foreign)
  await leaveSocket(mixed)
  await writeFile(join(mixed, 'notes.txt'), 'mine')
  await leaveSocket(servers)
  await Promise.all([foreign, mixed, servers].map(age))
  await sweepAddresses(temporary, MINUTE)
  expect(existsSync(foreign)).toBe(true)
  expect(existsSync(join(mixed, 'notes.txt'))).toBe(true)
  expect(existsSync(join(servers, 'broker.sock'))).toBe(true)
})

test('a temporary folder that cannot be read is no reason to fail', async () => {
  await expect(sweepAddresses(join(tmpdir(), 'there-is-no-such'), 0)).resolves.toBeUndefined()
})
