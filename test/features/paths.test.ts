import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/file/load.ts'
import { findProviders } from '../../src/plugin/find-providers.ts'
import { createFolder } from '../plugin/folder.ts'
import { createProject } from '../support/project.ts'

const files = { 'models/handler.ts': '', 'assay.config.yaml': '', 'node_modules/lab/index.js': '' }

test.for([
  ['./models/hanlder.ts', 'models/hanlder.ts', './models/handler.ts'],
  ['./models/handler', 'models/handler', './models/handler.ts'],
  ['./models/handler.py', 'models/handler.py', './models/handler.ts'],
  ['models/hanlder.ts', 'models/hanlder.ts', './models/handler.ts'],
  ['./models/other.ts', 'models/other.ts', undefined],
  ['./nowhere/handler.ts', 'nowhere/handler.ts', undefined],
] as const)(
  'D-22: a provider listed as %s is looked for in %s, and the file that was probably meant is %s',
  async ([entry, tried, meant]) => {
    await using folder = await createFolder(files)
    const list = { where: 'evals()', folder: folder.path, entries: [entry] }
    let message = ''
    try {
      findProviders({ root: folder.path, lists: [list], discover: false })
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain(`evals(): \`providers\`: "${entry}": there is no `)
    expect(message).toContain(`no file ${join(folder.path, tried)}`)
    if (meant === undefined) expect(message).not.toContain('Did you mean')
    else expect(message).toMatch(new RegExp(`[.?] Did you mean "${meant}"\\?$`))
  },
)

test('D-22: so it is with a configuration file', async () => {
  await using folder = await createFolder(files)
  const path = join(folder.path, 'assay.confg.yaml')
  expect(() => loadConfig(path)).toThrow(
    `The configuration file ${path} cannot be read: ENOENT: no such file or directory, open '${path}'. ` +
      `Did you mean "${join(folder.path, 'assay.config.yaml')}"?`,
  )
})

test('D-22: the run says so before it asks any model', async () => {
  await using project = await createProject({
    'handler.ts': '',
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({ plugins: [evals({ providers: ['./hanlder.ts'] })] })
    `,
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([1], { models: [() => ''] })('is not reached', () => 1)
    `,
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode).toBe(1)
  expect(output).toContain(
    `"./hanlder.ts": there is no file ${join(project.folder, 'hanlder.ts')}.`,
  )
  expect(await project.runs()).toEqual([])
})
