import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchStart } from '../../../src/server/log/progress.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Watches a start whose log and downloads the test writes. */
async function watch(everyMs = 20) {
  const folder = await temporaryFolder()
  const log = join(folder, 'server.log')
  const downloads = join(folder, 'models--some--model')
  await mkdir(join(downloads, 'blobs'), { recursive: true })
  await writeFile(join(downloads, 'blobs', 'old'), Buffer.alloc(1_000_000))
  const lines: string[] = []
  const notice = (line: string) => void lines.push(line)
  const { stop } = watchStart({ name: 'vllm/some/model', log, downloads, notice, everyMs })
  onTestFinished(stop)
  const shows = (line: RegExp) => vi.waitFor(() => expect(lines.at(-1)).toMatch(line), 10_000)
  return { log, downloads, lines, shows, stop }
}

test('a start is shown with its stage and its time', async () => {
  const { log, shows } = await watch()
  await shows(/^vllm\/some\/model: starting · \d+ s$/)
  await appendFile(
    log,
    'Loading safetensors checkpoint shards:  60% Completed | 3/5 [00:02<00:01]\r',
  )
  await shows(/^vllm\/some\/model: loading weights 3\/5 · \d+ s$/)
})

test('a line that is no landmark is shown, shortened', async () => {
  const { log, shows } = await watch()
  await appendFile(log, `Compiling a kernel ${'x'.repeat(200)}\n`)
  await shows(/^vllm\/some\/model: Compiling a kernel x{81}… · \d+ s$/)
})

test('a key of the environment is not shown', async () => {
  vi.stubEnv('HF_TOKEN', 'hf_0123456789')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { log, shows } = await watch()
  await appendFile(log, `args: hf_0123456789\n`)
  await shows(/: args: \*\*\* ·/)
})

test('what has come of a download goes before the stage, without what was there before', async () => {
  const { log, downloads, lines, shows } = await watch(50)
  await appendFile(log, 'Starting to load model some/model...\n')
  await shows(/: loading weights ·/)
  const part = join(downloads, 'blobs', 'abc.incomplete')
  await symlink(part, join(downloads, 'model.safetensors'))
  await appendFile(part, Buffer.alloc(80_000_000))
  await vi.waitFor(() => expect(lines.join('\n')).toMatch(/: downloading 0\.1 GB · \d+ s/), 10_000)
  await shows(/: loading weights ·/)
  expect(lines.join('\n')).not.toContain('0.2 GB') // the link is the same file
})

test('a start that is quick says nothing', async () => {
  const { lines, stop } = await watch(60_000)
  stop()
  expect(lines).toEqual([])
})

test('a start that is over says no more, also when it ends while it is shown', async () => {
  const shown: string[] = []
  const log = join(await temporaryFolder(), 'server.log')
  const notice = (line: string) => {
    shown.push(line)
    over.stop()
  }
  const over = watchStart({ name: 'over', log, downloads: null, notice, everyMs: 5 })
  const other = await watch(5)
  await vi.waitFor(() => expect(other.lines.length).toBeGreaterThan(9), 10_000)
  expect(shown).toHaveLength(1)
})
