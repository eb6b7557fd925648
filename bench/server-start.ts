/**
 * What a local server costs beside itself: the time until a model of llama-server is set up, against the time
 * until a bare llama-server with the same arguments is healthy, in turns. Needs LLAMA_SERVER_BIN. Exits with 1
 * if the median of the differences is above 0.3 s.
 *
 *   npm run bench:server-start [-- rounds]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type * as Assay from '../src/index.ts'

const LIMIT = 0.3
const rounds = Number(process.argv[2] ?? 10)
const model = fileURLToPath(new URL('../evals/models/tiny-chat.gguf', import.meta.url))
const program = process.env['LLAMA_SERVER_BIN'] ?? 'llama-server'
const built = new URL('../dist/index.mjs', import.meta.url).href
const { createProviders } = (await import(built)) as typeof Assay

/** Seconds until a bare server is healthy, asked every 2 ms. */
async function bare(args: readonly string[]): Promise<number> {
  const began = performance.now()
  const server = spawn(program, args, { stdio: 'ignore' })
  const port = args[args.indexOf('--port') + 1]
  while (!(await isHealthy(`http://127.0.0.1:${port}/health`))) await sleep(2)
  const seconds = (performance.now() - began) / 1000
  await end(server)
  return seconds
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function end(server: ChildProcess): Promise<void> {
  const exit = once(server, 'exit')
  server.kill()
  await exit
}

interface Ours {
  readonly seconds: number
  readonly stop: number
  /** The command line of the server. */
  readonly args: readonly string[]
}

/** Seconds until our model is set up: supervisor, port, server, its list of models and one token. */
async function ours(): Promise<Ours> {
  const baseDir = await mkdtemp(join(tmpdir(), 'bench-'))
  const providers = createProviders({ baseDir })
  const began = performance.now()
  await providers.setup(`llama-server/${model}`)
  const seconds = (performance.now() - began) / 1000
  const args = await commandLine()
  const stopping = performance.now()
  await providers.teardownAll()
  const stop = (performance.now() - stopping) / 1000
  await rm(baseDir, { recursive: true, force: true })
  return { seconds, stop, args }
}

/** Of the only llama-server that runs our model. */
async function commandLine(): Promise<readonly string[]> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const [command = '', ...args] = text.split('\0').slice(0, -1)
    if (command.endsWith('llama-server') && args.includes(model)) return args
  }
  throw new Error('there is no llama-server of ours')
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
}

await ours() // the first loads the SDK
const figures: { bare: number; ours: number; stop: number }[] = []
for (let round = 0; round < rounds; round++) {
  const { seconds, stop, args } = await ours()
  figures.push({ bare: await bare(args), ours: seconds, stop })
}
const added = median(figures.map((one) => one.ours - one.bare))
console.log(`bare server until healthy:   ${median(figures.map((one) => one.bare)).toFixed(3)} s`)
console.log(`ours until the model is set: ${median(figures.map((one) => one.ours)).toFixed(3)} s`)
console.log(`added:                       ${added.toFixed(3)} s (limit ${LIMIT})`)
console.log(`stop, with the supervisor:   ${median(figures.map((one) => one.stop)).toFixed(3)} s`)
if (added > LIMIT) process.exitCode = 1
