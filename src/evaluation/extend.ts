import type { TestContext } from 'vitest'
import type { Foreach } from './foreach.ts'

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
type Flat<T> = { [K in keyof T]: T[K] }
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
