import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { callerOf } from '../../../src/provider/registry/caller.ts'
import { temporaryFolder } from '../../server/temporary-folder.ts'
import { startProgram } from '../../support/start-program.ts'

const source = pathToFileURL('src/provider/registry/caller.ts').href

test('O-01: the place is that of the call, also in a folder with spaces and brackets in its name', async () => {
  const folder = join(await temporaryFolder(), 'my evals (old)')
  await mkdir(folder)
  const file = join(folder, 'script.mjs')
  const code = [
    `import { callerOf } from '${source}'`,
    'const register = () => callerOf(register)',
    'console.log(register())',
    'function setUp() { return register() }',
    'console.log(setUp())',
    'Error.stackTraceLimit = 0',
    'console.log(register())',
  ]
  await writeFile(file, code.join('\n'))
  await using program = startProgram(process.execPath, [file])
  await program.exited
  expect(program.output().trim().split('\n')).toEqual([`${file}:3:13`, `${file}:4:27`, 'a script'])
})

test('a function that nobody called has no place', () => {
  expect(callerOf(() => {})).toBe('a script')
})
