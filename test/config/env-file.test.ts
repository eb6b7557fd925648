import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadEnvFile } from '../../src/config/env-file.ts'
import { temporaryFolder } from '../server/temporary-folder.ts'

async function loaded(text: string, env: NodeJS.ProcessEnv = {}) {
  const folder = await temporaryFolder()
  await writeFile(join(folder, '.env'), text)
  return { names: loadEnvFile(folder, env), env }
}

test('H-20: a variable of the real environment stays as it is', async () => {
  const { names, env } = await loaded('A=2\nB=2\nC=2\n', { A: '1', C: '' })
  expect(env).toEqual({ A: '1', B: '2', C: '' })
  expect(names).toEqual(['B'])
})

test('H-20: a folder without the file changes nothing', async () => {
  const env = { A: '1' }
  expect(loadEnvFile(await temporaryFolder(), env)).toEqual([])
  expect(env).toEqual({ A: '1' })
})

test('R-02: names keep their case, and values their JSON', async () => {
  const { env } = await loaded(`# comment
OPencode_MODELS={"big-pickle": {"id": "big-pickle"}}
export PLAIN = x # comment
QUOTED="a b"
IFLOW_MODELS='{
  "K2": {"id": "kimi-k2"}
}'
EMPTY=
`)
  expect(env).toEqual({
    OPencode_MODELS: '{"big-pickle": {"id": "big-pickle"}}',
    PLAIN: 'x',
    QUOTED: 'a b',
    IFLOW_MODELS: '{\n  "K2": {"id": "kimi-k2"}\n}',
    EMPTY: '',
  })
})
