import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isListenedByTree } from '../../../src/server/supervisor/listener.ts'
import { startSupervisor } from '../../../src/server/supervise.ts'
import { programs, supervision } from '../../support/supervision.ts'

async function startOne(script: string): Promise<{ id: string; pid: number; port: number }> {
  const { env, order, untilPrinted } = await supervision()
  const supervisor = startSupervisor({ env })
  onTestFinished(() => supervisor.close())
  const one = order(script)
  const { pid, port } = await supervisor.start(one)
  await untilPrinted(one, /ready/)
  return { id: one.id, pid, port }
}

/** Listens through a child in a session of its own. */
const listensByChild = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(programs.listens)}], { stdio: 'inherit', detached: true }); setInterval(() => {}, 1e6)`

describe.runIf(existsSync('/proc/net/tcp'))('with /proc', () => {
  test.for([programs.listens, listensByChild])(
    'a server is known by its port: %#',
    async (script) => {
      const server = await startOne(script)
      expect(await isListenedByTree(server, server.port)).toBe(true)
    },
  )

  test('a port on which this process listens is not the one of a server', async () => {
    const server = await startOne(programs.listens)
    const stranger = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void stranger.close())
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo
    expect(await isListenedByTree(server, port)).toBe(false)
  })

  test('a server that does not listen yet has no port', async () => {
    const server = await startOne(
      programs.ignoresTerm.replace("console.log('asked')", 'process.exit()'),
    )
    expect(await isListenedByTree(server, server.port)).toBe(false)
  })
})
