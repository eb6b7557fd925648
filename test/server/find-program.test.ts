import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram } from '../../src/server/find-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** `first` has a file that cannot be run and a folder of the name, `second` and `third` the program. */
async function createFolders() {
  const cwd = await temporaryFolder()
  for (const folder of ['first', 'second', 'third']) {
    await mkdir(join(cwd, folder))
    await writeFile(join(cwd, folder, 'serve'), '#!/bin/sh\n')
  }
  await mkdir(join(cwd, 'first', 'vllm'))
  await writeFile(join(cwd, 'third', 'vllm'), '#!/bin/sh\n')
  for (const file of ['second/serve', 'third/serve', 'third/vllm']) {
    await chmod(join(cwd, file), 0o755)
  }
  await symlink(join(cwd, 'third', 'vllm'), join(cwd, 'second', 'linked'))
  const path = ['missing', 'first', 'second', 'third']
    .map((folder) => join(cwd, folder))
    .join(delimiter)
  return { cwd, path }
}

test.for([
  ['serve', 'second/serve', 'a name is the first of the PATH that can be run'],
  ['vllm', 'third/vllm', 'a folder is no program'],
  ['linked', 'second/linked', 'a link to a program is one'],
  ['./third/serve', 'third/serve', 'a path with a slash goes out from the working directory'],
  ['third/serve', 'third/serve', 'so does one without a dot'],
] as const)('%s is %s: %s', async ([command, expected]) => {
  const { cwd, path } = await createFolders()
  expect(await findProgram(command, { cwd, path })).toBe(join(cwd, expected))
  const absolute = join(cwd, expected)
  expect(await findProgram(absolute, { cwd: '/', path: '' })).toBe(absolute)
})

test.for(['', 'nothing', './serve', 'first/serve', 'second'])(
  '%j is not found',
  async (command) => {
    const { cwd, path } = await createFolders()
    expect(await findProgram(command, { cwd, path })).toBeUndefined()
  },
)

test('a relative folder of the PATH goes out from the working directory', async () => {
  const { cwd } = await createFolders()
  expect(await findProgram('serve', { cwd, path: 'third' })).toBe(join(cwd, 'third/serve'))
})

test('without a PATH no name is found', async () => {
  const { cwd } = await createFolders()
  expect(await findProgram('serve', { cwd, path: undefined })).toBeUndefined()
})
