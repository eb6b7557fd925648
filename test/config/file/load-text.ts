import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { AssayConfig } from '../../../src/config/file/config.ts'
import { loadConfig } from '../../../src/config/file/load.ts'
import { AssayError } from '../../../src/model/error.ts'
import { temporaryFolder } from '../../server/temporary-folder.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Loads a text as the configuration file of a folder of its own. */
export async function loadText(
  text: string,
  env: Env = {},
  name: string = 'assay.config.yaml',
): Promise<AssayConfig> {
  const path = join(await temporaryFolder(), name)
  await writeFile(path, text)
  return loadConfig(path, { env })
}

/** The message that a text is refused with, without the folder of the file. */
export async function problemOf(text: string, env: Env = {}): Promise<string> {
  const error: unknown = await loadText(text, env).then(
    () => expect.fail('the file was not refused'),
    (reason: unknown) => reason,
  )
  expect(AssayError.is(error) && error.kind, String(error)).toBe('config')
  return (error as AssayError).message.replace(/^\S*\//, '')
}
