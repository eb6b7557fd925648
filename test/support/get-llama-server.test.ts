import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const script = fileURLToPath(new URL('get-llama-server.sh', import.meta.url))
let work: string

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'get-llama-server-'))
  await mkdir(join(work, 'tools'))
  await symlink('/bin/mkdir', join(work, 'tools/mkdir'))
})
afterAll(() => rm(work, { recursive: true }))

/** What the script says of a folder with these files. It has no apt here, and so ends before it gets anything. */
async function endingIn(name: string, files: readonly string[]) {
  const folder = join(work, name)
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), '')
  }
  const { status, stderr } = spawnSync('/bin/sh', [script, folder], {
    encoding: 'utf8',
    env: { PATH: join(work, 'tools') },
  })
  expect(status).toBe(1)
  return { said: stderr.replaceAll(work, '<work>'), left: await readdir(folder) }
}

test.each(['bin/other', 'lib/other.so', 'bin/llama-server'])(
  'a folder that has %s of someone else is left as it is',
  async (file) => {
    const name = file.replaceAll('/', '-')
    const { said, left } = await endingIn(name, [file])
    expect(said).toBe(
      `get-llama-server: <work>/${name} has a bin or a lib of its own, which would be replaced: name another folder, as in .tmp/llama\n`,
    )
    expect(left).toEqual([dirname(file)])
  },
)

test.each([
  ['empty', []],
  ['its own', ['.get-llama-server', 'bin/llama-server', 'lib/some.so']],
])('a folder that is %s is taken', async (name, files) => {
  expect((await endingIn(name, files)).said).toContain('there is no apt-get')
})
