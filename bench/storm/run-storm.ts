import { cp, glob } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RowRecord } from '../../src/evaluation/record.ts'
import {
  type ChaosOptions,
  type ChaosReport,
  type ChaosRequest,
  type ChaosServer,
  startChaosServer,
} from '../../test/support/chaos-server.ts'
import { createProject, type Project } from '../../test/support/project.ts'

/** One run of Vitest against one server. */
export interface Storm {
  readonly rows: number
  readonly server: ChaosOptions
  /** Eval files that share the rows, each in a Vitest worker of its own. @default 1 */
  readonly files?: number
  /** Lanes of each file. @default 100 */
  readonly lanes?: number
  /** Whether all rows ask for the same. @default false */
  readonly same?: boolean
  readonly keys?: readonly string[]
  /** Options of the model's set-up. */
  readonly options?: object
  /** Called when the first request has come. */
  readonly onStart?: (server: ChaosServer) => void
}

export interface Aftermath {
  readonly storm: Storm
  readonly requests: readonly ChaosRequest[]
  readonly report: ChaosReport
  /** The last record of each row that has one. */
  readonly records: ReadonlyMap<string, RowRecord>
  /** Workers that wrote a journal. */
  readonly workers: number
}

/**
 * The server is in this process, which does nothing else meanwhile: on two cores it has to share them with
 * Vitest's main process and its workers wherever it is, and here its account needs no way back.
 */
export async function runStorm(storm: Storm): Promise<Aftermath> {
  const { keys = ['storm-key'], onStart } = storm
  await using server = await startChaosServer(storm.server)
  await using project = await createProject(filesOf(storm))
  await install(project)
  if (onStart) void server.arrived(1).then(() => onStart(server))
  const output = await vitest(project, {
    STORM_API_BASE: `${server.url}/v1`,
    ...Object.fromEntries(
      keys.map((key, i) => [keys.length > 1 ? `STORM_API_KEY_${i + 1}` : 'STORM_API_KEY', key]),
    ),
  })
  if (server.requests.length === 0) console.error(output)
  const found = { records: await recordsOf(project), workers: await workersOf(project) }
  return { storm, requests: server.requests, report: server.report(), ...found }
}

/** What no storm may take, however badly it goes. */
const LONGEST = 600_000

async function vitest(project: Project, env: Readonly<Record<string, string>>): Promise<string> {
  let group: number | undefined
  const kill = () => {
    if (group !== undefined) process.kill(-group, 'SIGKILL')
  }
  const timer = setTimeout(kill, LONGEST)
  process.once('exit', kill) // it has a process group of its own, which Ctrl-C does not reach
  const { output } = await project.vitest({
    env,
    onOutput: (_, pid) => {
      group = pid
    },
  })
  process.off('exit', kill)
  clearTimeout(timer)
  return output
}

function filesOf({ rows, files = 1, lanes = 100, same = false, options }: Storm) {
  const model = { spec: 'storm/some-model', ...(options && { options }) }
  const evalFile = (first: number) => `
import { foreach } from 'vitest-assay'

function* rows() {
  for (let n = ${first}; n < ${rows}; n += ${files}) {
    yield { id: 'row-' + n, prompt: ${same ? "'The same'" : "'Row ' + n"} }
  }
}

foreach(rows, { models: [${JSON.stringify(model)}], concurrency: ${lanes} })('stands', async ({ prompt }, { model }) => {
  const { text } = await model.generate(prompt)
  return text === 'ok ' + prompt
})
`
  const workers = `{ test: { maxWorkers: ${files} } }`
  return {
    'vitest.config.ts': `
import { defineConfig } from 'vitest/config'
import { evals } from 'vitest-assay/config'
export default defineConfig({ plugins: [evals(${files > 1 ? workers : ''})] })
`,
    ...Object.fromEntries(
      Array.from({ length: files }, (_, i) => [`storm-${i}.eval.ts`, evalFile(i)]),
    ),
  }
}

/** A copy of its own: the tests put the build under `.tmp/node_modules` anew whenever they run. */
async function install({ folder }: Project): Promise<void> {
  for (const part of ['package.json', 'dist']) {
    const from = fileURLToPath(new URL(`../../${part}`, import.meta.url))
    await cp(from, join(folder, 'node_modules/vitest-assay', part), { recursive: true })
  }
}

async function recordsOf(project: Project): Promise<ReadonlyMap<string, RowRecord>> {
  if ((await project.runs()).length === 0) return new Map()
  return new Map((await project.rows()).map((record) => [record.rowId, record]))
}

async function workersOf({ folder }: Project): Promise<number> {
  const journals = glob('.assay/runs/*/rows-*.jsonl', { cwd: folder })
  return (await Array.fromAsync(journals)).length
}
