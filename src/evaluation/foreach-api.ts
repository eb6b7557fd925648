import type { TestContext, TestOptions } from 'vitest'
import type { Rows } from '../dataset/source.ts'
import type { OutputOf, StandardSchemaV1 } from '../model/standard-schema.ts'
import type { ModelChoice } from '../provider/model-choice.ts'
import type { EvalOptions } from './definition.ts'
import type { Gates } from './gates.ts'
import type { Measured, ScoreName } from './measured.ts'
import type { RowContext } from './row-context.ts'

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
  <
    const Names extends string,
    Tuple extends readonly unknown[] | [],
    const Models extends readonly unknown[] = readonly ModelChoice[],
  >(
    columns: Names,
    rows: Rows<Tuple>,
    options?: EvalOptions<Flat<Columns<Names, Tuple>>, Models>,
  ): Declare<Flat<Columns<Names, Tuple>>, Fixtures>
  <S extends StandardSchemaV1, const Models extends readonly unknown[] = readonly ModelChoice[]>(
    rows: Rows<unknown>,
    options: EvalOptions<unknown, Models> & { schema: S },
  ): Declare<OutputOf<S>, Fixtures>
  <Row, const Models extends readonly unknown[] = readonly ModelChoice[]>(
    rows: Rows<Row>,
    options?: EvalOptions<NoInfer<Row>, Models>,
  ): Declare<Row, Fixtures>
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

/** What `test.extend` takes, written again since Vitest exports no types for it. */
interface FixtureOptions {
  auto?: boolean
  injected?: boolean
  scope?: 'test' | 'file' | 'worker'
}
type Builder<V, C> = (
  context: C & TestContext,
  fixture: { readonly onCleanup: (cleanup: () => void | Promise<void>) => void },
) => V | Promise<V>
type FixtureFunction<T, K extends keyof T, C> = (
  context: Omit<T, K> & C,
  use: (value: T[K]) => Promise<void>,
) => Promise<void>
// oxlint-disable-next-line typescript/no-explicit-any -- any function at all, as in Vitest's own type
type AnyFunction = (...args: any) => any
type Fixture<T, K extends keyof T, C> = AnyFunction extends T[K]
  ? FixtureFunction<T, K, Omit<C, Exclude<keyof T, K>>>
  : T[K] | FixtureFunction<T, K, Omit<C, Exclude<keyof T, K>>>
type Extended<C, T> = Foreach<Flat<Omit<C, keyof T> & T>>
type NoFunction<V> = V extends AnyFunction ? never : V

/** Adds fixtures with the semantics of `test.extend`: the builder form, which infers, or the object form. */
export interface Extend<C> {
  <K extends string, V>(name: K, fixture: Builder<V, C>): Extended<C, Record<K, V>>
  <K extends string, V>(
    name: K,
    options: FixtureOptions,
    fixture: Builder<V, C>,
  ): Extended<C, Record<K, V>>
  <K extends string, V>(name: K, value: NoFunction<V>): Extended<C, Record<K, V>>
  <K extends string, V>(
    name: K,
    options: FixtureOptions,
    value: NoFunction<V>,
  ): Extended<C, Record<K, V>>
  // oxlint-disable-next-line typescript/no-explicit-any -- as in Vitest's own signature
  <T extends Record<string, any> = object>(fixtures: {
    [K in keyof T]:
      | Fixture<T, K, C & TestContext>
      | [Fixture<T, K, C & TestContext>, FixtureOptions?]
  }): Extended<C, T>
}
