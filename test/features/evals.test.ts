import { expect, test } from 'vitest'
import completion from '../responses/openai/completion.json' with { type: 'json' }
import { serve } from '../support/http-server.ts'
import { createProject } from '../support/project.ts'

const answer = { body: completion.body }

test('E-11: one eval on several models is a test for each, and a name with any signs is kept as it is', async () => {
  await using server = await serve(() => answer)
  const names = ['gpt-4', 'llama2:7b', 'deepseek-ai/deepseek-v3.1', 'a[b] $c %s']
  await using project = await createProject({
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      const models = ${JSON.stringify(names.map((name) => `acme/${name}`))}
      foreach(['Hi'], { models })('answers', async (row, { model }) => (await model.generate(row)).text !== '')
    `,
  })
  const env = { ACME_API_BASE: `${server.url}/v1` }
  const { exitCode, output } = await project.vitest({ env })
  expect(exitCode, output).toBe(0)
  expect(server.requests.map(({ json }) => json['model'])).toEqual(names)
  const { evals } = await project.summary()
  expect(evals.map(({ id, model }) => ({ id, model }))).toEqual(
    names.map((name) => ({
      id: `a.eval.ts > answers [acme/${name}]`,
      model: `acme/${name}`,
    })),
  )
  for (const { id, model } of evals) {
    expect(await project.rows(id)).toMatchObject([{ evalId: id, model, outcome: 'scored' }])
  }
})

test('E-24: `limit` counts from the start of the dataset: more of it asks what is new, less of it nothing', async () => {
  await using server = await serve(() => answer)
  await using project = await createProject({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({ plugins: [evals({ cache: true })] })
    `,
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      const rows = Array.from({ length: 20 }, (_, n) => ({ id: 'r' + n, question: 'Question ' + n }))
      foreach(rows, { models: ['acme/small'] })('answers', async ({ question }, { model }) =>
        (await model.generate(question)).text !== '')
    `,
  })
  const env = { ACME_API_BASE: `${server.url}/v1` }
  const run = async (limit: number) => {
    const before = server.requests.length
    const { exitCode, output } = await project.vitest({
      args: ['--project', 'evals', '--', '--limit', String(limit)],
      env,
    })
    expect(exitCode, output).toBe(0)
    const ids = (await project.rows()).map(({ rowId }) => rowId)
    return { ids, calls: server.requests.length - before }
  }
  const first = (count: number) => Array.from({ length: count }, (_, n) => `r${n}`)
  expect(await run(10)).toEqual({ ids: first(10), calls: 10 })
  expect(await run(15)).toEqual({ ids: first(15), calls: 5 })
  expect(await run(10)).toEqual({ ids: first(10), calls: 0 })
})
