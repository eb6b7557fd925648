import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openKeyFile } from '../../src/broker/key-file.ts'
import type { KeyState } from '../../src/broker/desk/key-memory.ts'

async function pathOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'new', 'keys.json')
}

function stateOf(provider: string, key: string, coolsUntil: number): KeyState {
  return {
    version: 1,
    since: 1000,
    providers: { [provider]: { [key]: { models: {}, coolsUntil } } },
  }
}

test('without a path nothing is kept, and every run has a salt of its own', async () => {
  const [a, b] = [await openKeyFile(null), await openKeyFile(null)]
  expect(a.state).toBeUndefined()
  expect(a.salt).not.toBe(b.salt)
  await a.save(stateOf('acme', 'k1', 5))
})

test('the next run finds the salt and what was saved, in a file that is nobody else’s', async () => {
  const path = await pathOf()
  const first = await openKeyFile(path)
  await first.save(stateOf('acme', 'k1', 5))
  const second = await openKeyFile(path)
  expect(second).toMatchObject({ salt: first.salt, state: stateOf('acme', 'k1', 5) })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('two runs at once keep what both learned', async () => {
  const path = await pathOf()
  const [a, b] = [await openKeyFile(path), await openKeyFile(path)]
  expect(b.salt).toBe(a.salt)
  await a.save(stateOf('acme', 'k1', 5))
  await b.save(stateOf('acme', 'k2', 6))
  const { state } = await openKeyFile(path)
  expect(Object.keys(state!.providers['acme']!)).toEqual(['k1', 'k2'])
})

test.for(['', '{"version":', '{"version":7,"salt":"x"}', '[]'])(
  'a file with %j is begun anew',
  async (content) => {
    const path = await pathOf()
    await (await openKeyFile(path)).save(stateOf('acme', 'k1', 5))
    await writeFile(path, content)
    const { state, salt } = await openKeyFile(path)
    expect(state).toBeUndefined()
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ version: 1, salt })
  },
)
