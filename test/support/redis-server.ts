import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

const program = 'redis-server'
const isThere = spawnSync(program, ['--version']).error === undefined
const isRequired = Boolean(process.env['CI']) || process.env['REQUIRE_REDIS'] === '1'

/** Whether tests that need redis-server are left out: where it is missing, unless it is required. */
export const skipRedis: boolean = !isThere && !isRequired
if (skipRedis) console.warn('Tests with Redis are skipped: redis-server is not on the PATH.')

export interface RedisServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly pid: number
  /** Kills it as a crash does. */
  stop(): Promise<void>
}

export interface RedisServerOptions {
  /** @default a free one */
  readonly port?: number
  readonly password?: string
}

/** Starts a real Redis that writes nothing to the disk. */
export async function startRedis({
  port,
  password,
}: RedisServerOptions = {}): Promise<RedisServer> {
  const chosen = port ?? (await freePort())
  const args = ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  if (password !== undefined) args.push('--requirepass', password)
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(server, 'exit')
  await ready(server, exited)
  const stop = async () => {
    server.kill('SIGKILL')
    await exited
  }
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  return {
    port: chosen,
    url: `redis://${login}127.0.0.1:${chosen}`,
    pid: server.pid!,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function ready(server: ChildProcess, exited: Promise<unknown>): Promise<void> {
  let output = ''
  const accepting = new Promise<void>((resolve) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Ready to accept connections')) resolve()
    }
    server.stdout?.on('data', read)
    server.stderr?.on('data', read)
  })
  const ended = exited.then(() => {
    throw new Error(`redis-server ended before it was ready:\n${output}`)
  })
  await Promise.race([accepting, ended])
  ended.catch(() => {}) // later it may end as it likes
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
