import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

test('D-10: two models on three rows are six records, and the report has both side by side', async () => {
  await using project = await createProject({
    'handlers.eval.ts': `
      import { foreach, scripted } from 'vitest-assay'
      const rows = [
        { id: 'a', word: 'cat', upper: 'CAT' },
        { id: 'b', word: 'dog', upper: 'DOG' },
        { id: 'c', word: 'cow', upper: 'COW' },
      ]
      const right = scripted((input) => input.toUpperCase(), 'right')
      const wrong = scripted((input) => (input === 'cat' ? 'CAT' : input), 'wrong')
      foreach(rows, { models: [right, wrong] })('shouts', async ({ word, upper }, { model }) => {
        return (await model.generate(word)).text === upper
      })
    `,
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode, output).toBe(0)
  const rows = await project.rows()
  expect(rows.map(({ model, rowId, scores }) => [model, rowId, scores['score']!.value])).toEqual([
    ['scripted/right', 'a', 1],
    ['scripted/wrong', 'a', 1],
    ['scripted/right', 'b', 1],
    ['scripted/wrong', 'b', 0],
    ['scripted/right', 'c', 1],
    ['scripted/wrong', 'c', 0],
  ])
  const lines = output.split('\n').filter((line) => line.includes(' shouts  scripted/'))
  expect(lines.map((line) => line.replace(/ +\d+\.\ds$/, ''))).toEqual([
    ' ✓ shouts  scripted/right     3  score  1.000  0.439 – 1.000       0        0',
    ' ✓ shouts  scripted/wrong     3  score  0.333  0.061 – 0.792       0        0',
  ])
})
