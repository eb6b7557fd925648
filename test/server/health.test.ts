import { expect, test } from 'vitest'
import type { ServerExit } from '../../src/server/protocol.ts'
import { conditionOf } from '../../src/server/health.ts'
import { serve } from '../support/http-server.ts'

const never = new Promise<ServerExit>(() => {})
const killed: ServerExit = { exitCode: null, signal: 'SIGKILL', by: null }

test('one that is healthy is alive, and that is known at once', async () => {
  await using server = await serve(() => ({ body: {} }))
  const examined = { url: server.url, health: '/health', exited: never }
  expect(await conditionOf(examined)).toBe('alive')
  expect(server.requests.map(({ url }) => url)).toEqual(['/health'])
})

test('one that recovers while it is asked is alive', async () => {
  let asked = 0
  await using server = await serve(() => ({ status: asked++ === 0 ? 503 : 200, body: {} }))
  const examined = { url: server.url, health: '/health', exited: never }
  expect(await conditionOf(examined)).toBe('alive')
})

test('one whose process ends while it is asked has exited', async () => {
  const { promise: exited, resolve: exit } = Promise.withResolvers<ServerExit>()
  await using server = await serve(() => {
    setTimeout(exit, 10, killed)
    return { status: 503, body: {} }
  })
  expect(await conditionOf({ url: server.url, health: '/health', exited })).toBe('exited')
})

test('one that runs and stays unhealthy is mute', async () => {
  await using server = await serve(() => ({ status: 503, body: {} }))
  const examined = { url: server.url, health: '/health', exited: never }
  expect(await conditionOf(examined)).toBe('mute')
})

test('one where nobody listens any more has exited or is mute, whatever its process does', async () => {
  const server = await serve(() => ({ body: {} }))
  await server[Symbol.asyncDispose]()
  const examined = { url: server.url, health: '/health', exited: Promise.resolve(killed) }
  expect(await conditionOf(examined)).toBe('exited')
  expect(await conditionOf({ ...examined, exited: never })).toBe('mute')
})

test('one that wants a key, or does not know the path, is alive', async () => {
  for (const status of [401, 404]) {
    await using server = await serve(() => ({ status, body: {} }))
    const examined = { url: server.url, health: '/v1/models', exited: never }
    expect(await conditionOf(examined)).toBe('alive')
  }
})
