import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CONFIG_NAMES, findConfig } from '../../../src/config/file/find.ts'
import { temporaryFolder } from '../../server/temporary-folder.ts'

test.for(CONFIG_NAMES)('O-40: %s is found in its folder', async (name) => {
  const folder = await temporaryFolder()
  expect(findConfig(folder)).toBeUndefined()
  await writeFile(join(folder, name), '')
  expect(findConfig(folder)).toBe(join(folder, name))
})

test('O-40: two of them are an error, since one would be left unread', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'assay.config.json'), '{}')
  await writeFile(join(folder, 'assay.config.yaml'), '')
  expect(() => findConfig(folder)).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `There are ${folder}/assay.config.yaml and ${folder}/assay.config.json; keep one of them.`,
    }),
  )
})
