import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RowRecord } from '../../src/evaluation/record.ts'
import type { EvalSummary } from '../../src/evaluation/summary.ts'
import type { RunSummary } from '../../src/report/summary-file.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

const config = `
import { defineConfig } from 'vitest/config'
import { evals } from 'vitest-assay/config'
export default defineConfig({ plugins: [evals()] })
`

export interface RunOptions {
  /** @default 'run' */
  readonly command?: 'run' | 'watch' | 'list'
  /** Words behind it. @default ['--project', 'evals'] */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Called with all that was printed so far, and the process; to end it in the middle. */
  readonly onOutput?: (output: string, pid: number) => void
}

export interface Ended {
  readonly exitCode: number | null
  readonly output: string
  readonly stdout: string
}

/** A user's project in a folder of its own, with the built package in reach. */
export interface Project extends AsyncDisposable {
  readonly folder: string
  write(files: Readonly<Record<string, string>>): Promise<void>
  read(file: string): Promise<string>
  /** Runs the real Vitest in it. */
  vitest(options?: RunOptions): Promise<Ended>
  /** Ids of the runs, oldest first. */
  runs(): Promise<string[]>
  /** The newest run's summary. */
  summary(): Promise<RunSummary>
  /** The newest run's entry of one eval, by its id's end. */
  evalOf(idEnd: string): Promise<EvalSummary>
  /** The newest run's rows, in the order of the dataset. */
  rows(idEnd?: string): Promise<RowRecord[]>
}

/** Makes a project of files; the Vitest config is the plugin alone unless one is given. */
export async function createProject(files: Readonly<Record<string, string>>): Promise<Project> {
  await mkdir(join(root, '.tmp'), { recursive: true })
  const folder = await mkdtemp(join(root, '.tmp/project-'))
  const project: Project = {
    folder,
    async write(more) {
      for (const [name, content] of Object.entries(more)) {
        await mkdir(dirname(join(folder, name)), { recursive: true })
        await writeFile(join(folder, name), content)
      }
    },
    read: (file) => readFile(join(folder, file), 'utf8'),
    vitest: (options) => runVitest(folder, options),
    async runs() {
      const runs = join(folder, '.assay/runs')
      return existsSync(runs) ? (await readdir(runs)).toSorted() : []
    },
    async summary() {
      const text = await project.read(`.assay/runs/${(await project.runs()).at(-1)}/summary.json`)
      return JSON.parse(text) as RunSummary
    },
    async evalOf(idEnd) {
      const { evals } = await project.summary()
      const found = evals.find(({ id }) => id.endsWith(` > ${idEnd}`))
      if (!found) throw new Error(`no eval "${idEnd}" in ${evals.map(({ id }) => id).join(', ')}`)
      return found
    },
    async rows(idEnd = '') {
      const run = `.assay/runs/${(await project.runs()).at(-1)}`
      const names = (await readdir(join(folder, run))).filter((name) => name.startsWith('rows-'))
      const texts = await Promise.all(names.map((name) => project.read(`${run}/${name}`)))
      const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''))
      return lines
        .map((line) => JSON.parse(line) as RowRecord)
        .filter(({ evalId }) => evalId.endsWith(idEnd))
        .toSorted((a, b) => a.index - b.index || a.trial - b.trial)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
  await project.write({
    'package.json': '{ "type": "module" }',
    'vitest.config.ts': config,
    ...files,
  })
  return project
}

function runVitest(
  cwd: string,
  { command = 'run', args = ['--project', 'evals'], env = {}, onOutput }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [vitest, command, ...args], {
    cwd,
    env: { ...withoutVitest(process.env), NO_COLOR: '1', AI_AGENT: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, as a shell gives it: Ctrl-C reaches the whole group
  })
  let output = ''
  let stdout = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (stream === child.stdout) stdout += text
      onOutput?.(output, child.pid!)
    })
  }
  return new Promise((resolve) => {
    child.on('close', (exitCode) => resolve({ exitCode, output, stdout }))
  })
}

/** The outer Vitest marks its workers by variables that the inner one would take for its own. */
function withoutVitest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own =
    /^(CI$|GITHUB_|VITEST|TEST|NODE_ENV|MODE|DEV|PROD|SSR|BASE_URL|FORCE_COLOR|ASSAY|EVALS)/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)))
}
