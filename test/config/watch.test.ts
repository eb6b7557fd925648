import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

test('saving a file re-runs the unit tests that use it, and no eval', async () => {
  await using project = await createProject({
    'shared.ts': 'export const shared = 1',
    'a.test.ts': `
      import { expect, test } from 'vitest'
      import { shared } from './shared.ts'
      test('unit', () => { console.log('unit sees ' + shared); expect(shared).toBeGreaterThan(0) })
    `,
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      import { shared } from './shared.ts'
      foreach([shared])('an eval', () => true)
    `,
  })
  let waits = 0
  const { output } = await project.vitest({
    command: 'watch',
    args: ['--project', 'evals', '--project', 'default'],
    onOutput(text, pid) {
      const now = text.split('Waiting for file changes').length - 1
      if (now === waits) return
      waits = now
      if (waits === 1) writeFileSync(join(project.folder, 'shared.ts'), 'export const shared = 2')
      else process.kill(pid, 'SIGTERM')
    },
  })
  expect(output).toContain('unit sees 1')
  expect(output).toContain('unit sees 2')
  expect(await project.runs()).toHaveLength(1)
})

test('after the config was saved the evals still run, and saving a file still runs none', async () => {
  const config = `
    import { defineConfig } from 'vitest/config'
    import { evals } from 'vitest-assay/config'
    export default defineConfig({ plugins: [evals()] })
  `
  await using project = await createProject({
    'vitest.config.ts': config,
    'a.eval.ts': `import { foreach } from 'vitest-assay'\nforeach([1])('an eval', () => true)`,
  })
  let waits = 0
  const { output } = await project.vitest({
    command: 'watch',
    onOutput(text, pid) {
      const now = text.split('Waiting for file changes').length - 1
      if (now === waits) return
      waits = now
      if (waits === 1) appendFileSync(join(project.folder, 'vitest.config.ts'), '// saved')
      else process.kill(pid, 'SIGTERM')
    },
  })
  expect(output).not.toContain('Restart Error')
  expect(await project.runs()).toHaveLength(2)
  expect(await project.evalOf('an eval')).toMatchObject({ rows: 1 })
})
