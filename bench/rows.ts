/**
 * What a row costs: `foreach` over 1,000 to 100,000 rows with a model that answers at once, against a bare loop
 * over the same rows in a Vitest test. CPU seconds and peak memory are the processes' own accounts.
 *
 *   npm run bench:rows [-- repetitions]
 */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = join(root, '.tmp/bench-rows')
const sizes = [1000, 10_000, 100_000]
const repetitions = Number(process.argv[2] ?? 5)

const files = {
  'package.json': '{ "type": "module" }',
  'vitest.config.ts': `
import { writeFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { evals } from 'vitest-assay/config'
process.on('exit', () => writeFileSync('main.json', JSON.stringify(process.resourceUsage())))
export default defineConfig({ plugins: [evals()], test: { include: ['loop.bench.ts'], testTimeout: 0 } })
`,
  'rows.ts': `
import { writeFileSync } from 'node:fs'
import { afterAll } from 'vitest'
export const count = Number(process.env.ROWS)
let began: NodeJS.CpuUsage | undefined
export function* rows() {
  began = process.cpuUsage()
  for (let n = 0; n < count; n++) yield { question: 'What is ' + n + ' + ' + n + '?', answer: String(2 * n) }
}
export const upper = async (input: string) => input.toUpperCase()
afterAll(() => {
  const { user, system } = process.cpuUsage(began)
  writeFileSync('worker.json', JSON.stringify({ ...process.resourceUsage(), rows: user + system }))
})
`,
  'foreach.eval.ts': `
import { foreach } from 'vitest-assay'
import { rows, upper } from './rows.ts'
foreach(rows, { models: [upper] })('costs', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return response.text.length > answer.length
})
`,
  'loop.bench.ts': `
import { test } from 'vitest'
import { rows, upper } from './rows.ts'
test('a bare loop', async () => {
  let right = 0
  for (const { question, answer } of rows()) right += Number((await upper(question)).length > answer.length)
  return void right
})
`,
}

interface Use {
  /** Seconds, from start to end of the process. */
  readonly cpu: number
  readonly mb: number
  /** Seconds from the first row on. */
  readonly rows: number
}

interface Cost {
  readonly worker: Use
  readonly main: Use
}

async function measure(args: readonly string[], rows: number): Promise<Cost> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--pool', 'forks', ...args],
    { cwd: folder, env: { ...process.env, ROWS: String(rows) }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`)
  await rm(join(folder, '.assay'), { recursive: true, force: true })
  return { worker: await usage('worker.json'), main: await usage('main.json') }
}

async function usage(file: string): Promise<Use> {
  const text = await readFile(join(folder, file), 'utf8')
  const use = JSON.parse(text) as NodeJS.ResourceUsage & { rows?: number }
  return {
    cpu: (use.userCPUTime + use.systemCPUTime) / 1e6,
    mb: use.maxRSS / 1024,
    rows: (use.rows ?? 0) / 1e6,
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

await rm(folder, { recursive: true, force: true })
const home = join(root, '.tmp/node_modules/vitest-assay')
await mkdir(folder, { recursive: true })
await rm(home, { recursive: true, force: true })
await cp(join(root, 'dist'), join(home, 'dist'), { recursive: true })
await cp(join(root, 'package.json'), join(home, 'package.json'))
for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)

const rowSeconds = new Map<number, number>()
for (const rows of sizes) {
  const foreach: Cost[] = []
  const loop: Cost[] = []
  for (let i = 0; i < repetitions; i++) {
    foreach.push(await measure(['--project', 'evals'], rows))
    loop.push(await measure([], rows))
  }
  const total = (costs: readonly Cost[]) =>
    median(costs.map((one) => one.worker.cpu + one.main.cpu))
  rowSeconds.set(rows, median(foreach.map((one) => one.worker.rows)))
  console.log(
    [
      `${String(rows).padStart(7)} rows:`,
      `CPU ${total(foreach).toFixed(2)} s (bare loop ${total(loop).toFixed(2)} s),`,
      `worker ${median(foreach.map((one) => one.worker.cpu)).toFixed(2)} s,`,
      `main ${median(foreach.map((one) => one.main.cpu)).toFixed(2)} s;`,
      `peak memory worker ${median(foreach.map((one) => one.worker.mb)).toFixed(0)} MB`,
      `(${median(loop.map((one) => one.worker.mb)).toFixed(0)} MB),`,
      `main ${median(foreach.map((one) => one.main.mb)).toFixed(0)} MB`,
      `(${median(loop.map((one) => one.main.mb)).toFixed(0)} MB)`,
    ].join(' '),
  )
}

const perRow = sizes.slice(1).map((rows, i) => {
  const before = sizes[i]!
  return ((rowSeconds.get(rows)! - rowSeconds.get(before)!) / (rows - before)) * 1e6
})
console.log(
  `CPU of a further row: ${perRow.map((one) => `${one.toFixed(1)} µs`).join(', then ')}; ` +
    `ratio ${(Math.max(...perRow) / Math.min(...perRow)).toFixed(2)} (medians of ${repetitions})`,
)
