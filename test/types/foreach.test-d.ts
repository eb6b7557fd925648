import * as v from 'valibot'
import { expectTypeOf, test as vitestTest } from 'vitest'
import {
  type Dataset,
  type EvalSummary,
  foreach,
  foreachOf,
  jsonl,
  type Measured,
  type Model,
  modelFixture,
  type ModelProvider,
  type Providers,
  type RowContext,
  type RowInfo,
  type Score,
  scripted,
  test,
} from '../../src/index.ts'

interface Sum {
  readonly question: string
  readonly answer: number
}

declare const sums: readonly Sum[]
declare const pairs: readonly [question: string, answer: number][]
declare function exact(actual: unknown, expected: unknown): Score<'exact'>
declare function close(actual: unknown, expected: unknown): Score<'close'>

// the row is that of the source
foreach(sums)('array', (row) => {
  expectTypeOf(row).toEqualTypeOf<Sum>()
  return 1
})
foreach([1, 2] as const)('const array', (row) => {
  expectTypeOf(row).toEqualTypeOf<1 | 2>()
  return 1
})
foreach(new Set(['a']))('set', (row) => {
  expectTypeOf(row).toEqualTypeOf<string>()
  return 1
})
foreach(numbers)('generator function', (row) => {
  expectTypeOf(row).toEqualTypeOf<{ n: number }>()
  return 1
})
foreach(asyncNumbers())('async generator', (row) => {
  expectTypeOf(row).toEqualTypeOf<{ n: bigint }>()
  return 1
})
foreach(() => sums)('function', (row) => {
  expectTypeOf(row).toEqualTypeOf<Sum>()
  return 1
})
foreach(async () => sums)('async function', (row) => {
  expectTypeOf(row).toEqualTypeOf<Sum>()
  return 1
})
foreach(pairs)('tuples without columns', (row) => {
  expectTypeOf(row).toEqualTypeOf<[question: string, answer: number]>()
  return 1
})
foreach(jsonl<Sum>('sums.jsonl'))('typed file', (row) => {
  expectTypeOf(row).toEqualTypeOf<Sum>()
  return 1
})
foreach(jsonl('sums.jsonl'))('untyped file', (row) => {
  expectTypeOf(row).toBeAny()
  return 1
})
expectTypeOf(jsonl<Sum>('a').filter(({ answer }) => answer > 1)).toEqualTypeOf<Dataset<Sum>>()
// @ts-expect-error a text is no dataset
foreach('abc')('text', () => 1)
// @ts-expect-error nor is a number
foreach(7)('number', () => 1)

// columns name the parts of tuples
foreach('question,answer', pairs)('columns', (row) => {
  expectTypeOf(row).toEqualTypeOf<{ question: string; answer: number }>()
  return 1
})
foreach(' question , ok ', [['a', true]])('spaces and literals', ({ question, ok }) => {
  expectTypeOf(question).toEqualTypeOf<string>()
  expectTypeOf(ok).toEqualTypeOf<boolean>()
  return 1
})
foreach('question,answer', [['a', 1]] as const)('const tuples', ({ answer }) => {
  expectTypeOf(answer).toEqualTypeOf<1>()
  return 1
})
foreach('question,ok', tuples)('tuples of a generator', ({ question, ok }) => {
  expectTypeOf(question).toEqualTypeOf<string>()
  expectTypeOf(ok).toEqualTypeOf<boolean>()
  return 1
})
foreach('a,b', [] as (string | number)[][])('loose rows', ({ a, b }) => {
  expectTypeOf([a, b]).toEqualTypeOf<(string | number)[]>()
  return 1
})
foreach('question,answer', pairs, { id: ({ question }) => question })('options', () => 1)
// @ts-expect-error there is no such column
foreach('question,answer', pairs)('wrong column', ({ reply }) => Number(reply))

// a schema makes the row
const schema = v.object({ n: v.pipe(v.string(), v.transform(Number)) })
foreach(jsonl('a.jsonl'), { schema, models: ['a/b'] })('schema', (row, { model }) => {
  expectTypeOf(row).toEqualTypeOf<{ n: number }>()
  expectTypeOf(model).toEqualTypeOf<Model>()
  return 1
})
foreach([{ n: '1' }], { schema })('schema over typed rows', (row) => {
  expectTypeOf(row.n).toEqualTypeOf<number>()
  return 1
})
// @ts-expect-error that is no schema
foreach(sums, { schema: { parse: () => 1 } })('no schema', () => 1)

// the context has the fixtures, and the row's own members
foreach(sums)('context', async (_row, { model, providers, row, signal, task, expect }) => {
  expectTypeOf(model).toEqualTypeOf<Model>()
  expectTypeOf(providers).toEqualTypeOf<Providers>()
  expectTypeOf(row).toEqualTypeOf<RowInfo>()
  expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
  expectTypeOf(task.name).toEqualTypeOf<string>()
  expect(row.id).toBeDefined()
  return (await model.generate('Hi')).text.length
})
expectTypeOf<RowContext<object>['skip']>().returns.toBeNever()
// @ts-expect-error there is no such fixture
foreach(sums)('fixture', (_row, { nothing }) => Number(nothing))

// options are typed by the row
foreach(sums, {
  models: ['openai/gpt-5-mini', { spec: 'a/b', options: { t: 1 } }, (input) => input, scripted([])],
  trials: 2,
  concurrency: 5,
  limit: 10,
  rowTimeout: 0,
  maxErrorRate: 0.1,
  id: ({ question }) => question,
  tags: { hard: ({ answer }) => answer > 9 },
})('options', () => 1)
foreach(sums, { tags: ['hard'] })('tag names', () => 1)
// @ts-expect-error there is no such option
foreach(sums, { trails: 2 })('option', () => 1)
// @ts-expect-error a count is a number
foreach(sums, { trials: '2' })('trials', () => 1)
// @ts-expect-error a number names no model
foreach(sums, { models: [7] })('models', () => 1)
// @ts-expect-error the row has no such field
foreach(sums, { id: ({ name }) => name })('id', () => 1)
// @ts-expect-error a tag is tested by a boolean
foreach(sums, { tags: { hard: ({ answer }) => answer } })('tags', () => 1)

// Vitest's own options stand between name and body
foreach(sums)(
  'test options',
  { tags: ['slow'], timeout: 5, retry: 1 },
  ({ answer }) => answer,
).expect({ score: { mean: { atLeast: 1 } } })
// @ts-expect-error there is no such option of a test
foreach(sums)('test options', { timeOut: 5 }, () => 1)

// gates are typed by what the body returns
foreach(sums)('number', ({ answer }) => answer).expect({ score: { mean: { atLeast: 1 } } })
foreach(sums)('boolean', async ({ answer }) => answer > 1).expect({ score: { min: { above: 0 } } })
// @ts-expect-error a number is named `score`
foreach(sums)('number', ({ answer }) => answer).expect({ answer: {} })

const single = foreach(sums)('score', ({ question, answer }) => exact(question, answer))
single.expect({ exact: { passRate: { atLeast: 1, passMark: 0.5 } }, assertions: { mean: {} } })
// @ts-expect-error no such score
single.expect({ exakt: { mean: { atLeast: 1 } } })
// @ts-expect-error no such figure
single.expect({ exact: { median: { atLeast: 1 } } })
// @ts-expect-error no such bound
single.expect({ exact: { mean: { atleast: 1 } } })
// @ts-expect-error a bound is a number
single.expect({ exact: { mean: { atLeast: '1' } } })
// @ts-expect-error a mean has no pass mark
single.expect({ exact: { mean: { atLeast: 1, passMark: 1 } } })

const several = foreach(sums)('several', async () => [exact(1, 1), close(1, 2)])
several.expect({ exact: {}, close: {} }).expect({ exact: { max: { below: 1 } } })
// @ts-expect-error no such score
several.expect({ score: {} })

const record = foreach(sums)('record', ({ answer }) => ({
  right: true,
  length: 1,
  renamed: exact(1, answer),
  maybe: answer > 1 ? 1 : undefined,
}))
record.expect({ right: {}, length: {}, renamed: {}, maybe: {} })
// @ts-expect-error the record's key goes over the score's own name
record.expect({ exact: {} })

const either = foreach(sums)('either', async ({ answer }) => {
  if (answer > 1) return { parsed: 0 }
  return { parsed: 1, right: 1 }
})
either.expect({ parsed: {}, right: {} })
// @ts-expect-error no such score
either.expect({ wrong: {} })

const literal = foreach(sums)('literal', () => ({ name: 'mine', value: 1 }))
literal.expect({ mine: {} })
// @ts-expect-error its name stays literal
literal.expect({ other: {} })

const any = foreach(sums)('any names', (): Record<string, number> => ({}))
any.expect({ whatever: { mean: { atLeast: 1 } } })

const asserting = foreach(sums)('asserts', ({ answer }, { expect }) => {
  expect(answer).toBe(1)
})
asserting.expect({ assertions: { mean: { atLeast: 1 } } })
// @ts-expect-error nothing was returned
asserting.expect({ score: {} })

// @ts-expect-error a text is no measurement
foreach(sums)('text', ({ question }) => question)
// @ts-expect-error nor is null
foreach(sums)('null', () => null)
// @ts-expect-error nor a response
foreach(sums)('response', (_row, { model }) => model.generate('Hi'))
// @ts-expect-error nor a record of texts
foreach(sums)('texts', () => ({ text: 'a' }))
// @ts-expect-error nor a list of numbers
foreach(sums)('numbers', () => [1, 2])
expectTypeOf<string>().not.toExtend<Measured>()

// modifiers keep it all
foreach
  .skip(sums)('skip', ({ answer }) => answer)
  .expect({ score: {} })
foreach.only(sums)('only', ({ answer }) => answer)
foreach.concurrent.skipIf(sums.length > 1).runIf(true)(sums)('more', (_row, { model }) => {
  expectTypeOf(model).toEqualTypeOf<Model>()
  return 1
})
// @ts-expect-error no such modifier
void foreach.sequentially

// fixtures of one's own: the builder form infers
const built = foreach
  .extend('agent', async ({ model, task }, fixture) => {
    expectTypeOf(task.name).toEqualTypeOf<string>()
    fixture.onCleanup(() => {})
    return { ask: (text: string) => model.generate(text) }
  })
  .extend('limit', 3)
  .extend('db', { scope: 'file' }, () => ({ rows: 1 }))
built
  .concurrent(sums)('built', async ({ question }, { agent, limit, db, model }) => {
    expectTypeOf(limit).toEqualTypeOf<number>()
    expectTypeOf(db).toEqualTypeOf<{ rows: number }>()
    expectTypeOf(model).toEqualTypeOf<Model>()
    return exact((await agent.ask(question)).text, limit)
  })
  .expect({ exact: { mean: { atLeast: 1 } } })

// and the object form does so for values, or with its types given
const object = foreach.extend<{ session: { n: number }; limit: number }>({
  limit: 3,
  session: async ({ model, limit }, use) => {
    expectTypeOf(model).toEqualTypeOf<Model>()
    await use({ n: limit })
  },
})
object(sums)('object form', (_row, { session, limit }) => {
  expectTypeOf(session).toEqualTypeOf<{ n: number }>()
  expectTypeOf(limit).toEqualTypeOf<number>()
  return 1
})
const overriding = foreach.extend<{ model: Model }>({
  model: async ({ model }, use) => {
    await use(model)
  },
})
overriding(sums)('overriding', async (_row, { model }) => {
  expectTypeOf(model).toEqualTypeOf<Model>()
  return 1
})

// a `foreach` of a `test` that is there already
const ofOwn = foreachOf(vitestTest.extend('db', { scope: 'file' }, () => ({ rows: 1 })))
ofOwn(sums)('own test', (_row, { db }) => {
  expectTypeOf(db).toEqualTypeOf<{ rows: number }>()
  return { found: true }
}).expect({ found: {} })
// @ts-expect-error without our fixtures there is no model
ofOwn(sums)('no model', (_row, { model }) => Number(model))
foreachOf(test.extend('more', 1))(sums)('our test', (_row, { model, more }) => {
  expectTypeOf(model).toEqualTypeOf<Model>()
  expectTypeOf(more).toEqualTypeOf<number>()
  return 1
})
foreachOf(test)(sums)('plain test', () => true)

// a model as a fixture
declare const provider: ModelProvider
declare const embedder: ModelProvider<{ embed(text: string): number[] }>
test.extend('client', modelFixture(provider, 'gpt-5-mini'))('client', ({ client, model }) => {
  expectTypeOf(client).toEqualTypeOf<Model>()
  expectTypeOf(model).toEqualTypeOf<Model>()
})
foreach.extend('embedder', modelFixture(embedder, 'small'))(sums)('embeds', (_row, fixtures) => {
  expectTypeOf(fixtures.embedder.embed('a')).toEqualTypeOf<number[]>()
  return 1
})

// handles and summaries
const handle = await provider.setup('m')
expectTypeOf(handle).toExtend<AsyncDisposable>()
expectTypeOf(handle.model).toEqualTypeOf<Model>()
expectTypeOf<EvalSummary['scores'][string]['method']>().toEqualTypeOf<'wilson' | 't'>()
// @ts-expect-error what is on disk is read only
void ((summary: EvalSummary) => (summary.rows = 1))

function* numbers() {
  yield { n: 1 }
}

async function* asyncNumbers() {
  yield { n: 1n }
}

async function* tuples(): AsyncGenerator<[string, boolean]> {
  yield ['a', true]
}
