import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFakeVllm, type VllmFaults } from '../support/fake-vllm.ts'
import type { PortRange } from './leftovers.ts'
import type { Pool } from './options.ts'

const tinyModel = fileURLToPath(new URL('../../evals/models/tiny-chat.gguf', import.meta.url))

/** A row of the real server asks for 100 ms, one of the fake for 600: some requests are always in flight. */
const LLAMA_ROWS = 50
const LLAMA_ROW_MS = 100
const VLLM_ROWS = 8
const VLLM_ROW_MS = 600
const WORDS = 40
const LOAD_MS = 800

export interface ProjectOptions {
  readonly pool: Pool
  readonly ports: PortRange
  readonly faults: VllmFaults
  /** The server that is started with a flag that it does not know. */
  readonly badFlag?: 'llama' | 'vllm' | undefined
  /** Milliseconds that the eval of the fake vLLM gets. */
  readonly timeout?: number | undefined
}

/** How far a run is. */
export interface Progress {
  readonly isStarting: boolean
  /** Both servers have been asked. */
  readonly isAsking: boolean
  readonly isNearEnd: boolean
  /** Processes that ran an eval file. */
  readonly workers: readonly number[]
}

/** A user's project with two evals, each on a server of its own. */
export interface EndingProject {
  readonly folder: string
  /** Variables that its runs need. */
  readonly env: Readonly<Record<string, string>>
  progress(): Progress
  remove(): Promise<void>
}

/** Makes a project where a Vitest and the package are installed. */
export async function createProject(
  home: string,
  { pool, ports, faults, badFlag, timeout }: ProjectOptions,
): Promise<EndingProject> {
  const folder = await mkdtemp(join(home, 'project-'))
  const { bin } = await createFakeVllm(join(folder, 'bin'))
  const progressFile = join(folder, 'progress')
  const startsFile = join(folder, 'starts')
  const flags = (server: string) => (badFlag === server ? { args: ['--no-such-flag'] } : {})
  const options = { port: ports, parallel: 2 }
  const files = {
    'package.json': '{ "private": true, "type": "module" }',
    'vitest.config.ts': `
import { defineConfig } from 'vitest/config'
import { evals } from 'vitest-assay/config'
export default defineConfig({ plugins: [evals({ test: { pool: '${pool}', maxWorkers: 2 } })] })
`,
    'llama.eval.ts': evalFile('llama', progressFile, {
      spec: 'llama-server/model.gguf',
      options: { ...options, threads: 1, ...flags('llama') },
      rows: LLAMA_ROWS,
      rowMs: LLAMA_ROW_MS,
    }),
    'vllm.eval.ts': evalFile('vllm', progressFile, {
      spec: 'vllm/fake/model',
      options: { ...options, tensorParallel: 2, ...flags('vllm') },
      rows: VLLM_ROWS,
      rowMs: 0, // once
      timeout,
    }),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await cp(tinyModel, join(folder, 'model.gguf'))

  const answer = Array.from({ length: WORDS }, (_, i) => `word${i}`).join(' ')
  const pace = { loadMs: LOAD_MS, tokenMs: VLLM_ROW_MS / WORDS }
  const all: VllmFaults = { ...pace, answer, startsFile, ...faults }
  return {
    folder,
    env: { VLLM_BIN: bin, FAKE_VLLM: JSON.stringify(all) },
    progress() {
      const lines = existsSync(progressFile) ? readFileSync(progressFile, 'utf8').split('\n') : []
      const answered = lines.filter((line) => line.endsWith(' answered')).length
      return {
        isStarting: existsSync(startsFile),
        isAsking: ['llama', 'vllm'].every((server) => lines.includes(`${server} asked`)),
        isNearEnd: answered >= LLAMA_ROWS + VLLM_ROWS - 2,
        workers: lines.flatMap((line) => /^worker (\d+)$/.exec(line)?.slice(1).map(Number) ?? []),
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

interface EvalFile {
  readonly spec: string
  readonly options: object
  readonly rows: number
  /** Milliseconds for which a row asks. */
  readonly rowMs: number
  readonly timeout?: number | undefined
}

/** An eval that writes down how far it is. */
function evalFile(server: string, progressFile: string, written: EvalFile): string {
  const { spec, options, rows, rowMs, timeout = 0 } = written
  return `
import { appendFileSync } from 'node:fs'
import { foreach } from 'vitest-assay'

const tell = (line: string) => appendFileSync(${JSON.stringify(progressFile)}, line + '\\n')
tell('worker ' + process.pid)

foreach(
  Array.from({ length: ${rows} }, (_, i) => i),
  { models: [${JSON.stringify({ spec, options })}], concurrency: 2 },
)('asks ${server}', { timeout: ${timeout} }, async (i, { model }) => {
  tell('${server} asked')
  const end = performance.now() + ${rowMs}
  do await model.generate(i + '+7=?')
  while (performance.now() < end)
  tell('${server} answered')
  return true
})
`
}
