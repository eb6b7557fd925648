import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/model/secret.ts'
import { guardStore } from '../../../src/request/cache/guarded-store.ts'
import { connectRedis } from '../../../src/request/cache/redis-connection.ts'
import { redisStore } from '../../../src/request/cache/redis-store.ts'
import { freePort, skipRedis, startRedis } from '../../support/redis-server.ts'

const HOUR = 3_600_000

test('O-34: without the package, the error is one sentence with the command that installs it', async () => {
  const missing = Object.assign(new Error("Cannot find package 'redis' imported from x"), {
    code: 'ERR_MODULE_NOT_FOUND',
  })
  const connection = connectRedis({
    url: new Secret('redis://127.0.0.1:1'),
    timeout: 1000,
    load: () => Promise.reject(missing),
  })
  await expect(connection.send('PING')).rejects.toMatchObject({
    kind: 'config',
    message: 'The cache in the store redis needs the package `redis`: npm install -D redis',
  })
})

test('a server that is not there is named, and the password is not', async () => {
  const port = await freePort()
  const url = new Secret(`redis://user:hunter2@127.0.0.1:${port}`)
  const store = redisStore({ url, maxEntries: 10 })
  await expect(store.get('a')).rejects.toThrow(new Error(`127.0.0.1:${port}: ECONNREFUSED`))
  await store.close()
})

describe.skipIf(skipRedis)('with a server', () => {
  test('the server forgets a response when its time is over, and the list of uses later', async () => {
    await using server = await startRedis()
    await using opened = open(server.url)
    await opened.store.set('a', 'a', HOUR)
    const client = await createClient({ url: server.url }).connect()
    const ttl = await client.pTTL('vitest-assay:response:a')
    expect(ttl).toBeGreaterThan(HOUR - 60_000)
    expect(ttl).toBeLessThanOrEqual(HOUR)
    expect(await client.pTTL('vitest-assay:uses')).toBeGreaterThan(HOUR)
    expect(await client.keys('*')).toHaveLength(2)
    client.destroy()
  })

  test('what is dropped leaves nothing behind', async () => {
    await using server = await startRedis()
    await using opened = open(server.url, { maxEntries: 5 })
    for (let i = 0; i < 20; i++) await opened.store.set(`key ${i}`, 'x', HOUR)
    await opened.store.delete('key 19')
    const client = await createClient({ url: server.url }).connect()
    expect(await client.dbSize()).toBe(5)
    expect(await client.zCard('vitest-assay:uses')).toBe(4)
    client.destroy()
  })

  test('a password lets in', async () => {
    await using server = await startRedis({ password: 'hunter2 %' })
    await using opened = open(server.url)
    await opened.store.set('a', 'a', HOUR)
    expect(await opened.store.get('a')).toBe('a')
  })

  test('a wrong password is said without it', async () => {
    await using server = await startRedis({ password: 'right' })
    await using opened = open(server.url.replace('right', 'hunter2'))
    expect(await opened.store.get('a')).toBeUndefined()
    expect(opened.notices).toEqual([
      `The response cache (redis) failed: 127.0.0.1:${server.port}: WRONGPASS invalid username-password pair or user is disabled. Requests go on without it.`,
    ])
  })

  test('a server that dies is noticed once, is left alone for a while, and is used when it is back', async () => {
    await using server = await startRedis()
    let now = 0
    await using opened = open(server.url, { now: () => now })
    const { store, notices } = opened
    await store.set('a', 'a', HOUR)
    await server.stop()
    const lost = Array.from({ length: 20 }, (_, i) => [
      store.get('a'),
      store.set(`key ${i}`, 'x', HOUR),
      store.delete('b'),
    ])
    expect(new Set(await Promise.all(lost.flat()))).toEqual(new Set([undefined]))
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatch(
      /^The response cache \(redis\) failed: 127\.0\.0\.1:\d+: .+\. Requests go on without it\.$/,
    )
    await using again = await startRedis({ port: server.port })
    await store.set('a', 'b', HOUR)
    expect(await store.get('a')).toBeUndefined()
    now += 60_000
    await store.set('a', 'b', HOUR)
    expect(await store.get('a')).toBe('b')
    await again.stop()
    expect(await store.get('a')).toBeUndefined()
    expect(notices).toHaveLength(1)
  })

  test('a connection that was lost while nobody used it is made anew', async () => {
    await using server = await startRedis()
    await using opened = open(server.url)
    const { store, notices } = opened
    await store.set('a', 'a', HOUR)
    const client = await createClient({ url: server.url }).connect()
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
    client.destroy()
    await new Promise(setImmediate)
    await store.set('b', 'b', HOUR)
    expect(await store.get('b')).toBe('b')
    expect(notices).toEqual([])
  })

  test('a server that does not answer holds up nobody, and closing neither', async () => {
    await using server = await startRedis()
    await using opened = open(server.url, { timeout: 100 })
    const { store, notices } = opened
    await store.set('a', 'a', HOUR)
    process.kill(server.pid, 'SIGSTOP')
    expect(await Promise.all([store.get('a'), store.get('b')])).toEqual([undefined, undefined])
    expect(notices).toEqual([expect.stringContaining('no answer in 100 ms')])
    await store.close()
  })

  test('a process that used it ends by itself, without closing it', async () => {
    await using server = await startRedis()
    const file = fileURLToPath(new URL('redis-user.ts', import.meta.url))
    const child = spawn(process.execPath, [file, server.url], { stdio: 'pipe' })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect({ code, output }).toEqual({ code: 0, output: 'read: a\ntimers: 0\n' })
  })
})

interface OpenOptions {
  readonly maxEntries?: number
  readonly timeout?: number
  readonly now?: () => number
}

function open(url: string, { maxEntries = 100, timeout, now = Date.now }: OpenOptions = {}) {
  const notices: string[] = []
  const notice = (line: string) => void notices.push(line)
  const raw = redisStore({ url: new Secret(url), maxEntries, now, timeout })
  const store = guardStore(raw, { name: 'redis', notice, now })
  return { store, notices, [Symbol.asyncDispose]: () => store.close() }
}
