import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)

/** Runs the evals of this repository on a model file. */
function runEvals(spec: string): Promise<{ exitCode: number | null; output: string }> {
  const vitest = fileURLToPath(new URL('node_modules/vitest/vitest.mjs', root))
  const args = [vitest, 'run', '--project', 'evals', '--', '--model', spec]
  const env = { ...process.env, NO_COLOR: '1', AI_AGENT: '' }
  const child = spawn(process.execPath, args, { cwd: fileURLToPath(root), env })
  let output = ''
  child.stdout.on('data', (text: Buffer) => (output += String(text)))
  child.stderr.on('data', (text: Buffer) => (output += String(text)))
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, output })))
}

test('the gates of our own evals hold for the bundled model, and break for a damaged one', async () => {
  const good = await runEvals('llama-cpp/evals/models/tiny-chat.gguf')
  expect(good.exitCode, good.output).toBe(0)

  const bytes = await readFile(new URL('evals/models/tiny-chat.gguf', root))
  bytes.fill(0, bytes.length - 400_000, bytes.length - 200_000) // weights of the last layers
  await mkdir(new URL('.tmp/', root), { recursive: true })
  await writeFile(new URL('.tmp/damaged.gguf', root), bytes)
  const damaged = await runEvals('llama-cpp/.tmp/damaged.gguf')
  expect(damaged.exitCode).toBe(1)
  for (const name of ['adds numbers of 1 and 2 digits', 'knows the capitals', 'reverses words']) {
    expect(damaged.output).toContain(`✗ ${name}`)
  }
})
