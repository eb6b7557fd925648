import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

test('each bad input is one clear error of its own eval; the others run on and scored rows are kept', async () => {
  await using project = await createProject({
    'good.jsonl': '{"id":"a","n":1}\n{"id":"b","n":2}\n',
    'torn.jsonl': '{"n":1}\n{"n":2}\n{"n":\n{"n":4}\n',
    'twice.jsonl': '{"id":"a"}\n{"id":"b"}\n{"id":"a"}\n',
    'empty.jsonl': '\n',
    'a.eval.ts': `
      import { foreach, jsonl } from 'vitest-assay'
      const right = () => true
      foreach(jsonl('missing.jsonl'))('missing dataset', right)
      foreach(jsonl('empty.jsonl'))('empty dataset', right)
      foreach([])('no rows', right)
      foreach(jsonl('torn.jsonl'), { concurrency: 1 })('torn dataset', right)
      foreach(jsonl('twice.jsonl'), { concurrency: 1 })('duplicate id', right)
      foreach([1], { models: ['nobody/x'] })('unknown provider', (_row, { model }) => Boolean(model))
      foreach([1], { models: ['gpt-5'] })('no provider', (_row, { model }) => Boolean(model))
      foreach([1], { models: ['llama-cpp/none.gguf'] })('unknown model', (_row, { model }) => Boolean(model))
      foreach([1])('returns nothing', () => {})
      foreach([1])('returns NaN', () => Number('x'))
      foreach([1])('returns text', () => 'yes')
      foreach([1n])('no JSON', right)
      foreach([1])('gate on nothing', () => ({ here: 1 })).expect({ there: { mean: { atLeast: 1 } } })
      foreach(jsonl('good.jsonl'))('good', ({ n }) => n === 1)
    `,
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode).toBe(1)
  const { evals } = await project.summary()
  const failures = Object.fromEntries(evals.map(({ name, failure }) => [name, failure]))
  const place = project.folder
  expect(failures).toEqual({
    'missing dataset': `missing.jsonl: there is no such file (${place}/missing.jsonl). A relative path starts at the folder of the eval file.`,
    'empty dataset': 'empty.jsonl: expected at least one row, got none.',
    'no rows': 'the rows: expected at least one row, got none.',
    'torn dataset': 'torn.jsonl:3: expected one JSON value per line: Unexpected end of JSON input',
    'duplicate id': 'twice.jsonl:3: the id "a" is that of twice.jsonl:1 already.',
    'unknown provider': expect.stringMatching(
      /^There is no provider `nobody`\. Providers: anthropic, .*\bvllm\b.*\. An OpenAI-compatible server becomes one through NOBODY_API_BASE\.$/,
    ) as string,
    'no provider':
      'A model is named `provider/model-name`; got "gpt-5"; did you mean "openai/gpt-5"?',
    'unknown model': `llama-cpp: there is no model file 'none.gguf' (${place}/none.gguf). A relative path starts at the folder of the eval file.`,
    'returns nothing':
      '1 of 1 rows ended in an error (100.0 %, maxErrorRate 0); row 6b86b273ff34: The body returned nothing and asserted nothing; return a score, or use `expect` from the context.',
    'returns NaN':
      '1 of 1 rows ended in an error (100.0 %, maxErrorRate 0); row 6b86b273ff34: The score "score" is NaN; expected a finite number.',
    'returns text':
      '1 of 1 rows ended in an error (100.0 %, maxErrorRate 0); row 6b86b273ff34: Expected the body to give a score (a number, a boolean, a Score, several, or a record of them), got string.',
    'no JSON': null,
    'gate on nothing': 'There is a gate on "there", which no row scored; scores that came: here',
    good: null,
  })
  for (const failure of Object.values(failures)) if (failure) expect(output).toContain(failure)
  expect(await project.evalOf('torn dataset')).toMatchObject({ rows: 2, outcomes: { scored: 2 } })
  expect(await project.evalOf('duplicate id')).toMatchObject({ rows: 2, outcomes: { scored: 2 } })
  expect((await project.rows('no JSON'))[0]).toMatchObject({ row: '1n', outcome: 'scored' })
  expect(await project.evalOf('good')).toMatchObject({ scores: { score: { mean: 0.5 } } })
})

const declarations: Readonly<Record<string, string>> = {
  'foreach()': 'foreach: expected rows, got none.',
  "foreach('a,,b', [])":
    "foreach: expected column names that differ, as in 'question,answer'; got 'a,,b'.",
  'foreach([1], { trails: 2 })':
    'foreach: expected options of models, judge, fixer, trials, concurrency, limit, rowTimeout, maxErrorRate, tags, id, schema; got `trails`.',
  'foreach([1], { trials: 0 })':
    'foreach: expected `trials` to be a whole number of at least 1; got 0.',
  'foreach([1], { models: [] })':
    'foreach: expected `models` to be a list with at least one model; got [].',
  'foreach([1], () => 1)':
    "foreach: expected options, got function; name and body come in a second call, foreach(rows)('name', body).",
  'foreach([1], null)':
    "foreach: expected options, got null; name and body come in a second call, foreach(rows)('name', body).",
  'foreach([1])(() => 1)':
    "foreach: expected a name and a function, foreach(rows)('name', body); got function and undefined.",
  "foreach([1])('x', () => 1).expect()":
    'Expected .expect() to have a gate, as in { score: { mean: { atLeast: 0.8 } } }.',
  "foreach([1])('x', (row, context) => 1)":
    'The body\'s second parameter must be destructured, as in "async (row, { model }) => …"; got "context".',
  "foreach([1])('x', (row, { model, ...rest }) => 1)":
    'Name the fixtures that the body uses instead of "...rest".',
  "foreach([1])('x', () => 1).expect({ score: { mean: { atleast: 1 } } })":
    'Expected the gate on "score", mean to have atLeast, atMost, above, below; got `atleast`.',
  "foreach([1])('x', () => 1).expect({ score: { mean: {} } })":
    'Expected the gate on "score", mean to have atLeast, atMost, above, below or several; got none.',
}

test('a wrong declaration is an error at its line; the other files run on', async () => {
  const bad = Object.keys(declarations).map((code, i) => [
    `bad-${i}.eval.ts`,
    `import { foreach } from 'vitest-assay'\n${code}`,
  ])
  await using project = await createProject({
    ...(Object.fromEntries(bad) as Record<string, string>),
    'good.eval.ts': `import { foreach } from 'vitest-assay'\nforeach([1])('good', () => true)`,
  })
  const { exitCode, output } = await project.vitest()
  Object.values(declarations).forEach((message, i) => {
    expect(output).toContain(message)
    expect(output).toContain(`bad-${i}.eval.ts:2:`)
  })
  expect(exitCode).toBe(1)
  expect(await project.evalOf('good')).toMatchObject({ scores: { score: { mean: 1 } } })
})
