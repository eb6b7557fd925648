import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { endWithParent } from '../../../src/server/supervisor/parent-death.ts'

async function folderWith(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'setpriv-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'setpriv'), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, 'setpriv'), 0o755)
  return folder
}

test.runIf(process.platform === 'linux')('a setpriv that knows the flag is used', async () => {
  const folder = await folderWith('exit 0')
  expect(await endWithParent(`/none:${folder}`)).toEqual([
    join(folder, 'setpriv'),
    '--pdeathsig',
    'TERM',
    '--',
  ])
})

test('one that does not know it is not, nor one that is not there', async () => {
  expect(await endWithParent(await folderWith('exit 1'))).toEqual([])
  expect(await endWithParent('/none')).toEqual([])
})
