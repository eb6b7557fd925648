import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerNeed } from '../../src/model/lease.ts'

/**
 * A model server as small as one can be: a Node script that answers health, models, a token and slots. What it
 * is told in `TINY` (JSON) it does wrong.
 */
const script = `
import { spawn } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
const [, , port, name] = process.argv
const faults = JSON.parse(process.env.TINY ?? '{}')
const { starts, exitCode, loadMs = 0, healthStatus = 200, dieAfter = Infinity, ignoreTerm, child } = faults
if (starts) appendFileSync(starts, process.pid + ' ' + name + '\\n')
if (exitCode !== undefined) { console.error('error: this one never works'); process.exit(exitCode) }
if (ignoreTerm) process.on('SIGTERM', () => {})
if (child) writeFileSync(child, String(spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).pid))
const key = process.env.TINY_KEY
let asked = 0
const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (request.url === '/mute') { server.mute = true; return answer(200, {}) }
  if (request.url === '/health') return answer(server.mute ? 503 : healthStatus, {})
  if (key && request.headers.authorization !== 'Bearer ' + key) return answer(401, { error: { message: 'no key' } })
  if (request.url === '/v1/models') return answer(200, { data: [{ id: name.split(',')[0], aliases: name.split(',') }] })
  if (request.url === '/props') return answer(200, { total_slots: 3 })
  let text = ''
  for await (const chunk of request) text += chunk
  if (++asked > dieAfter) process.kill(process.pid, 'SIGKILL')
  answer(200, { choices: [{ message: { role: 'assistant', content: name }, finish_reason: 'stop' }] })
})
setTimeout(() => server.listen(Number(port), '127.0.0.1'), loadMs)
`

export interface TinyFaults {
  readonly exitCode?: number
  readonly loadMs?: number
  readonly healthStatus?: number
  /** Requests after which it is gone, as if it had been killed. */
  readonly dieAfter?: number
  readonly ignoreTerm?: boolean
  /** File for the pid of a process that it starts, in a session of its own. */
  readonly child?: string
}

export interface TinyServers extends AsyncDisposable {
  readonly folder: string
  /** Asks for a server of its own for each name. */
  need(name: string, faults?: TinyFaults, more?: Partial<ServerNeed>): ServerNeed
  /** Names of the servers that were started, in order. */
  started(): Promise<string[]>
  /** Their pids. */
  pids(): Promise<number[]>
}

export async function createTinyServers(): Promise<TinyServers> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-'))
  const file = join(folder, 'server.mjs')
  const starts = join(folder, 'starts.txt')
  await writeFile(file, script)
  await writeFile(starts, '')
  const lines = async () => (await readFile(starts, 'utf8')).split('\n').filter(Boolean)
  return {
    folder,
    need: (name, faults = {}, more = {}) => ({
      provider: 'tiny',
      model: name,
      command: process.execPath,
      install: 'Install it.',
      args: [file, '{port}', `${name},${name}#{nonce}`],
      env: { TINY: JSON.stringify({ starts, ...faults }) },
      withoutEnv: [],
      keyVariable: 'TINY_KEY',
      cwd: folder,
      port: 'auto',
      ready: {
        health: '/health',
        models: '/v1/models',
        token: { path: '/v1/chat/completions', body: { model: name, messages: [], max_tokens: 1 } },
        slots: '/props',
      },
      startTimeout: 20_000,
      stopGrace: 1000,
      stopAgain: null,
      gpus: [],
      gpuShare: 0,
      requirements: {},
      downloads: null,
      ...more,
    }),
    started: async () => (await lines()).map((line) => line.split(' ')[1]!.split(',')[0]!),
    pids: async () => (await lines()).map((line) => Number(line.split(' ')[0])),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
