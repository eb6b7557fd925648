/**
 * Ends runs with real model servers in every way that a run may end, beside each supported Vitest and in each
 * pool, and looks what is left 10 s later: a process, a port, a file. Linux; needs the npm registry, and a
 * llama-server. Ends with `N passed, N failed`.
 *
 *   npm run endings -- --rounds 20
 *   npm run endings -- --seed 7 --only kill-main --vitest 5.1.1 --pool forks
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Case, type Outcome, runCase } from './case.ts'
import { prepareHomes } from './homes.ts'
import type { PortRange } from './leftovers.ts'
import { type Options, readOptions } from './options.ts'
import { createRandom } from './random.ts'
import { type Result, seconds, table } from './table.ts'

/** Not those of other runs on this machine. */
const PORTS = [22_000, 22_999] as const
/** Lines of a failed run's output that are shown. */
const SHOWN_LINES = 40

const { options, llamaServer } = prepare()
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => stop.abort())
}

const cases = casesOf()
console.log(`${cases.length} runs, ${options.jobs} at a time, --seed ${options.seed}`)
const homes = await prepareHomes(options.vitests)
const results: Result[] = []
const queue = [...cases]
const lanes = Array.from({ length: options.jobs }, (_, lane) => work(portsOf(lane)))
const ends = await Promise.allSettled(lanes) // each cleans up
if (stop.signal.aborted) {
  console.log('Interrupted: what ran was ended and removed.')
  process.exit(130)
}
for (const end of ends) if (end.status === 'rejected') throw end.reason
console.log(`\n${table(results)}\n`)
const failed = results.filter(({ outcome }) => outcome.problems.length > 0)
for (const { one } of failed) console.log(`failed: npm run endings -- ${flagsOf(one)}`)
console.log(`${results.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length > 0 ? 1 : 0

function prepare(): { options: Options; llamaServer: string } {
  try {
    return { options: readOptions(process.argv.slice(2)), llamaServer: findLlamaServer() }
  } catch (error) {
    console.error((error as Error).message)
    return process.exit(2)
  }
}

function casesOf(): Case[] {
  const { endings, vitests, pools } = options
  return Array.from({ length: options.rounds }, (_, round) => options.seed + round).flatMap(
    (seed) => {
      const all = endings.flatMap((ending) =>
        vitests.flatMap((vitest) =>
          pools
            .filter((pool) => ending.pools.includes(pool))
            .map((pool): Case => ({ ending, vitest, pool, seed })),
        ),
      )
      if (options.sample === undefined) return all
      return spread(createRandom(`sample ${seed}`).shuffle(all)).slice(0, options.sample)
    },
  )
}

/** One of each ending before any comes twice. */
function spread(all: readonly Case[]): Case[] {
  const columns = [...Map.groupBy(all, ({ ending }) => ending).values()]
  const longest = Math.max(...columns.map(({ length }) => length))
  return Array.from({ length: longest }, (_, i) =>
    columns.flatMap((column) => column[i] ?? []),
  ).flat()
}

async function work(ports: PortRange): Promise<void> {
  for (let one = queue.shift(); one; one = queue.shift()) {
    const home = homes.get(one.vitest)!
    const outcome = await runCase(one, { home, llamaServer, ports, signal: stop.signal })
    results.push({ one, outcome })
    report(one, outcome)
  }
}

function report(one: Case, { moment, exitCode, goneMs, problems, output }: Outcome): void {
  const { ending, vitest, pool } = one
  const sign = problems.length > 0 ? '✗' : '✓'
  const name = `${ending.name}, vitest ${vitest}, ${pool}${moment ? `, ${moment}` : ''}`
  console.log(
    `${sign} ${results.length}/${cases.length} ${name}: exit code ${exitCode}, gone after ${seconds(goneMs)}`,
  )
  if (problems.length === 0) return
  for (const problem of problems) console.log(`    ${problem}`)
  console.log(`    --seed ${one.seed}; the end of what it printed:`)
  const lines = output.trim().split('\n').slice(-SHOWN_LINES)
  for (const line of lines) console.log(`    | ${line}`)
}

function flagsOf({ ending, vitest, pool, seed }: Case): string {
  return `--seed ${seed} --only ${ending.name} --vitest ${vitest} --pool ${pool}`
}

/** Each lane has ports of its own, so that what listens there is its run's. */
function portsOf(lane: number): PortRange {
  const [first, last] = PORTS
  const each = Math.floor((last - first + 1) / options.jobs)
  return [first + lane * each, first + (lane + 1) * each - 1]
}

/** @throws Error if it does not run */
function findLlamaServer(): string {
  const own = fileURLToPath(new URL('../../.tmp/llama/bin/llama-server', import.meta.url))
  const program = process.env['LLAMA_SERVER_BIN'] ?? (existsSync(own) ? own : 'llama-server')
  const { status, error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  if (status === 0) return program
  const reason = error?.message ?? `exit code ${status}`
  throw new Error(
    `${program} does not run (${reason}); set LLAMA_SERVER_BIN, or run test/support/get-llama-server.sh .tmp/llama.`,
  )
}
