import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { leasePort } from '../../../src/server/supervisor/ports.ts'
import { openPlace, type Place } from '../../../src/server/supervisor/state-folder.ts'
import { failureOf } from '../../support/failure.ts'
import { lives, namesIn, supervision } from '../../support/supervision.ts'

async function listenOn(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return server
}

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}

async function openTestPlace(): Promise<Place> {
  const { state } = await supervision()
  return openPlace(state)
}

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const ended = execFile(process.execPath, ['-e', ''])
  await once(ended, 'exit')
  expect(lives(ended.pid!)).toBe(false)
  return ended.pid!
}

/** A lease of a supervisor that is dead. */
async function leaveStale(state: string, port: number): Promise<void> {
  await writeFile(join(state, `port-${port}`), `${await deadPid()}-1.dead`)
}

test('a port by itself is one of 21000 to 21999, and none is leased twice', async () => {
  const place = await openTestPlace()
  const leases = await Promise.all(Array.from({ length: 50 }, () => leasePort('auto', place)))
  const ports = leases.map(({ port }) => port)
  expect(new Set(ports).size).toBe(50)
  expect(ports.every((port) => port >= 21_000 && port <= 21_999)).toBe(true)
  await Promise.all(leases.map((lease) => lease.release()))
  expect(namesIn(place.state).filter((name) => name.startsWith('port-'))).toEqual([])
})

test('one port that is leased is an error that names the supervisor, until it is released', async () => {
  const place = await openTestPlace()
  const port = await freePort()
  const lease = await leasePort(port, place)
  const { message, kind } = await failureOf(leasePort(port, place))
  expect(kind).toBe('setup')
  expect(message).toBe(
    `Port ${port} is not free: another local server has it (its supervisor is process ${process.pid}). Choose another \`port\`, or 'auto'.`,
  )
  await lease.release()
  expect((await leasePort(port, place)).port).toBe(port)
})

test('a port on which a stranger listens is an error that says so, and is not leased', async () => {
  const place = await openTestPlace()
  const port = await freePort()
  await listenOn(port)
  const { message } = await failureOf(leasePort(port, place))
  expect(message).toContain(`Port ${port} is not free: another program listens there.`)
  expect(namesIn(place.state)).not.toContain(`port-${port}`)
})

test('E-06: a range is searched for what is free, and an error says what is in the way', async () => {
  const place = await openTestPlace()
  const [first, last] = [21_990, 21_993] as const
  const held = await Promise.all(Array.from({ length: 4 }, () => leasePort([first, last], place)))
  expect(held.map(({ port }) => port).toSorted((a, b) => a - b)).toEqual([
    21_990, 21_991, 21_992, 21_993,
  ])
  const { message } = await failureOf(leasePort([first, last], place))
  expect(message).toContain('None of the ports 21990 to 21993 is free: another local server has it')
  await held[2]!.release()
  expect((await leasePort([first, last], place)).port).toBe(held[2]!.port)
})

test('the lease of a dead supervisor is taken over', async () => {
  const place = await openTestPlace()
  const port = await freePort()
  await leaveStale(place.state, port)
  await leasePort(port, place)
  expect(await readFile(join(place.state, `port-${port}`), 'utf8')).toBe(place.owner)
})

test('a lease whose pid now belongs to another process is stale', async () => {
  const place = await openTestPlace()
  const port = await freePort()
  await writeFile(join(place.state, `port-${port}`), `${process.pid}-1.before`)
  expect((await leasePort(port, place)).port).toBe(port)
})

test('whoever died while it removed the lease of a dead supervisor is no obstacle', async () => {
  const place = await openTestPlace()
  const port = await freePort()
  await leaveStale(place.state, port)
  const lease = join(place.state, `port-${port}`)
  const right = `${lease}~${await readFile(lease, 'utf8')}`
  await writeFile(right, `${await deadPid()}-2.dead`)
  expect((await leasePort(port, place)).port).toBe(port)
  expect(namesIn(place.state).toSorted()).toEqual([place.owner, `port-${port}`])
})

test('while another one removes the lease of a dead supervisor it is not touched', async () => {
  const place = await openTestPlace()
  const port = await freePort()
  await leaveStale(place.state, port)
  const lease = join(place.state, `port-${port}`)
  const dead = await readFile(lease, 'utf8')
  await writeFile(`${lease}~${dead}`, place.owner)
  expect((await failureOf(leasePort(port, place))).message).toContain('another local server has it')
  expect(await readFile(lease, 'utf8')).toBe(dead)
})

test('eight processes that want the same few ports, some of them with stale leases, never share one', async () => {
  const { state } = await supervision()
  const [first, last] = [21_970, 21_977]
  const program = fileURLToPath(new URL('../../support/lease-ports.ts', import.meta.url))
  const place = await openPlace(state)
  for (let port = first; port <= last; port++) await leaveStale(state, port)
  const runs = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const args = [program, state, String(first), String(last), '40']
      const { stdout } = await promisify(execFile)(process.execPath, args)
      return JSON.parse(stdout) as { clashes: number; leases: number }
    }),
  )
  expect(runs.map(({ clashes }) => clashes)).toEqual(Array(8).fill(0))
  expect(runs.reduce((sum, { leases }) => sum + leases, 0)).toBeGreaterThan(100)
  expect(namesIn(state).filter((name) => name.startsWith('port-'))).toEqual([])
  await place.remove()
})
