import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { RowRecord } from '../../src/evaluation/record.ts'
import type { RunSummary } from '../../src/report/summary-file.ts'
import { llamaServer } from '../support/llama-server.ts'

const root = new URL('../../', import.meta.url)
const MODEL = 'evals/models/tiny-chat.gguf'

/** They take a quarter of a minute of both cores, and `npm run evals` shows the most of it: CI runs them all. */
const isCI = Boolean(process.env['CI'])
if (!isCI) console.warn('Tests of our own evals are skipped: they run in CI, or with CI=true.')

interface EvalsRun {
  readonly exitCode: number | null
  readonly output: string
}

/** Runs the evals of this repository on a model, with these words behind it. */
function runEvals(spec: string, ...words: string[]): Promise<EvalsRun> {
  const vitest = fileURLToPath(new URL('node_modules/vitest/vitest.mjs', root))
  const args = [vitest, 'run', '--project', 'evals', '--', '--model', spec, ...words]
  const server = llamaServer && { LLAMA_SERVER_BIN: llamaServer }
  const env = { ...process.env, NO_COLOR: '1', AI_AGENT: '', ...server }
  const child = spawn(process.execPath, args, { cwd: fileURLToPath(root), env })
  let output = ''
  child.stdout.on('data', (text: Buffer) => (output += String(text)))
  child.stderr.on('data', (text: Buffer) => (output += String(text)))
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, output })))
}

let inProcess: Promise<EvalsRun> | undefined

function runInProcess(): Promise<EvalsRun> {
  return (inProcess ??= runEvals(`llama-cpp/${MODEL}`))
}

/** What a run has written: its summary, and the text of each response by eval and row. */
async function resultsOf({ output }: EvalsRun) {
  const [, path] = /results in (\S+)/.exec(output)!
  const folder = new URL(`${path}/`, root)
  const names = await readdir(folder)
  const rows = names.filter((name) => name.startsWith('rows-'))
  const texts = await Promise.all(rows.map((name) => readFile(new URL(name, folder), 'utf8')))
  const records = texts
    .flatMap((text) => text.split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as RowRecord)
  const summary = JSON.parse(await readFile(new URL('summary.json', folder), 'utf8')) as RunSummary
  // the id of an eval ends with its model, where it names one
  const keyOf = ({ evalId, rowId }: RowRecord) => `${evalId.replace(/ \[.*\]$/, '')} ${rowId}`
  const responses = new Map(records.map((row) => [keyOf(row), row.calls[0]?.text]))
  return { summary, responses }
}

test.runIf(isCI)(
  'the gates of our own evals hold for the bundled model, and break for a damaged one',
  async () => {
    const good = await runInProcess()
    expect(good.exitCode, good.output).toBe(0)

    const bytes = await readFile(new URL(MODEL, root))
    bytes.fill(0, bytes.length - 400_000, bytes.length - 200_000) // weights of the last layers
    await mkdir(new URL('.tmp/', root), { recursive: true })
    await writeFile(new URL('.tmp/damaged.gguf', root), bytes)
    const damaged = await runEvals('llama-cpp/.tmp/damaged.gguf', '--limit', '30')
    expect(damaged.exitCode).toBe(1)
    for (const name of ['adds numbers of 1 and 2 digits', 'knows the capitals', 'reverses words']) {
      expect(damaged.output).toContain(`✗ ${name}`)
    }
  },
)

test.runIf(isCI && llamaServer)(
  'behind a llama-server the bundled model says what it says in the process',
  async () => {
    const [own, served] = [await runInProcess(), await runEvals(`llama-server/${MODEL}`)]
    expect(served.exitCode, served.output).toBe(0)
    const [before, after] = [await resultsOf(own), await resultsOf(served)]
    expect(after.summary.servers).toMatchObject([{ model: MODEL, starts: 1, crashes: [] }])

    const keys = [...before.responses.keys()]
    expect([...after.responses.keys()].toSorted()).toEqual(keys.toSorted())
    const equal = keys.filter((key) => before.responses.get(key) === after.responses.get(key))
    expect(equal.length / keys.length).toBeGreaterThanOrEqual(0.98)

    for (const { name, scores } of before.summary.evals) {
      const other = after.summary.evals.find((one) => one.name === name)!
      for (const [score, { mean }] of Object.entries(scores)) {
        expect(Math.abs(other.scores[score]!.mean - mean), `${name}: ${score}`).toBeLessThan(0.02)
      }
    }
  },
)
