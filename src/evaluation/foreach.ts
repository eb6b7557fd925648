import { inject, type TestAPI, type TestContext, type TestOptions } from 'vitest'
import { parseColumns } from '../dataset/columns.ts'
import type { Rows } from '../dataset/source.ts'
import { AssayError } from '../model/error.ts'
import type { OutputOf, StandardSchemaV1 } from '../model/standard-schema.ts'
import { chooseModel, type Definition, type EvalMeta, type EvalOptions } from './definition.ts'
import type { Extend } from './extend.ts'
import { checkGates, type Gates } from './gates.ts'
import type { Measured, ScoreName } from './measured.ts'
import { checkOptions } from './options.ts'
import { fixtureNames } from './parameters.ts'
import { declarationPoint, evalError } from './problem.ts'
import type { RowContext } from './row-context.ts'
import { runEval } from './run-eval.ts'
import { chooseModels, type RunSettings } from './settings.ts'

/** An eval that was declared. */
export interface Declared<R> {
  /** Fails the eval unless its scores reach the gates. May be called several times: all gates hold. */
  expect(gates: Gates<ScoreName<R>>): Declared<R>
}

type Body<Row, Fixtures, R> = (row: Row, context: RowContext<Fixtures>) => R | Promise<R>

/** Names the eval and says what happens to each row; between the two, Vitest's own test options. */
export interface Declare<Row, Fixtures> {
  <const R extends Measured | void>(
    name: string,
    body: Body<Row, Fixtures, R>,
  ): Declared<Awaited<R>>
  <const R extends Measured | void>(
    name: string,
    options: TestOptions,
    body: Body<Row, Fixtures, R>,
  ): Declared<Awaited<R>>
  /** Without a body it is still to be written, as `test.todo`. */
  (name: string): Declared<never>
}

type Trim<S extends string> = S extends ` ${infer R}` | `${infer R} ` ? Trim<R> : S
type Split<S extends string> = S extends `${infer A},${infer B}`
  ? [Trim<A>, ...Split<B>]
  : [Trim<S>]
type Flat<T> = { [K in keyof T]: T[K] }
/** `{ question, answer }` of `'question,answer'` and `[string, number]`. */
export type Columns<Names extends string, Tuple extends readonly unknown[]> =
  Split<Names> extends infer K extends readonly string[]
    ? {
        [I in keyof K & `${number}` as K[I] & string]: number extends Tuple['length']
          ? Tuple[number]
          : I extends keyof Tuple
            ? Tuple[I]
            : never
      }
    : never

interface Call<Fixtures> {
  <const Names extends string, Tuple extends readonly unknown[] | []>(
    columns: Names,
    rows: Rows<Tuple>,
    options?: EvalOptions<Flat<Columns<Names, Tuple>>>,
  ): Declare<Flat<Columns<Names, Tuple>>, Fixtures>
  <S extends StandardSchemaV1>(
    rows: Rows<unknown>,
    options: EvalOptions<unknown> & { schema: S },
  ): Declare<OutputOf<S>, Fixtures>
  <Row>(rows: Rows<Row>, options?: EvalOptions<NoInfer<Row>>): Declare<Row, Fixtures>
}

/** Declares evals over rows: `foreach(rows, options)(name, body)`, in the shape of `test.for`. */
export interface Foreach<Fixtures> extends Call<Fixtures> {
  readonly skip: Foreach<Fixtures>
  readonly only: Foreach<Fixtures>
  readonly todo: Foreach<Fixtures>
  /** Evals of the file run at the same time; the rows of one eval do so anyway. */
  readonly concurrent: Foreach<Fixtures>
  skipIf(condition: unknown): Foreach<Fixtures>
  runIf(condition: unknown): Foreach<Fixtures>
  readonly extend: Extend<Fixtures>
}

/** Makes a `foreach` of a `test` that the project has already, with its fixtures. */
export function foreachOf<C>(test: TestAPI<C>): Foreach<C> {
  return createForeach(test as unknown as LooseTest) as Foreach<C>
}

/** The part of Vitest's `test` that registration needs, without its type parameters. */
interface LooseTest {
  (name: string, options: object, run: unknown): void
  extend(...args: unknown[]): LooseTest
  skipIf(condition: unknown): LooseTest
  runIf(condition: unknown): LooseTest
  skip: LooseTest
  only: LooseTest
  todo: LooseTest
  concurrent: LooseTest
}

const modifiers = ['skip', 'only', 'todo', 'concurrent'] as const

function createForeach(test: LooseTest): unknown {
  const call = (...args: unknown[]) => {
    const columns = typeof args[0] === 'string' ? parseColumns(args.shift() as string) : undefined
    const [rows, options = {}] = args as [Definition['rows'], Definition['options']?]
    if (rows === undefined) {
      throw new AssayError('foreach: expected rows, got none.', { kind: 'config' })
    }
    checkOptions(options)
    return (name: string, ...rest: unknown[]) => {
      const body = rest.pop() as Definition['body']
      const testOptions = (rest[0] ?? {}) as TestOptions
      const declaredAt = declarationPoint()
      const definition = { name, rows, columns, options, body, gates: [], declaredAt }
      registerTests(test, definition, testOptions)
      return declared(definition)
    }
  }
  for (const modifier of modifiers) {
    Object.defineProperty(call, modifier, { get: () => createForeach(test[modifier]) })
  }
  return Object.assign(call, {
    extend: (...args: unknown[]) => createForeach(test.extend(...args)),
    skipIf: (condition: unknown) => createForeach(test.skipIf(condition)),
    runIf: (condition: unknown) => createForeach(test.runIf(condition)),
  })
}

/** Registers one Vitest test per model. */
function registerTests(test: LooseTest, definition: Definition, testOptions: TestOptions): void {
  const { name, body, options } = definition
  const settings = runSettings()
  const fixtures = typeof body === 'function' ? fixtureNames(body) : []
  for (const { model, named } of chooseModels(options.models, settings)) {
    const spec = named && model ? model.spec : null
    const meta: EvalMeta = { version: 1, name, model: spec }
    if (model) chooseModel(meta, model)
    const run = (context: TestContext) => runEval(definition, meta, context, settings)
    // where Vitest looks for the fixtures that a test uses
    const source = `({ ${fixtures.filter((one) => one !== 'row').join(', ')} }) => {}`
    run.toString = () => source
    test(
      spec === null ? name : `${name} [${spec}]`,
      { ...testOptions, meta: { ...testOptions.meta, assay: meta } },
      typeof body === 'function' ? run : undefined,
    )
  }
}

function declared(definition: Definition): Declared<never> {
  const self: Declared<never> = {
    expect(gates: Gates) {
      checkGates(gates)
      definition.gates.push(gates)
      return self
    },
  }
  return self
}

function runSettings(): RunSettings {
  const settings = inject('assay') as RunSettings | undefined
  if (settings) return settings
  throw evalError(
    'foreach runs in the evals project: put plugins: [evals()] from vitest-assay/config into ' +
      'vitest.config.ts, and run vitest --project evals.',
    declarationPoint(),
  )
}
