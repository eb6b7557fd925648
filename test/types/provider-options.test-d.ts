import { expectTypeOf } from 'vitest'
import {
  type EvalOptions,
  foreach,
  type ModelProvider,
  type ModelSpec,
  type OptionsOf,
  type ProviderOptions as AllOptions,
  type Providers,
} from '../../src/index.ts'

/** What a package declares of its own provider. */
interface LabOptions {
  readonly strength?: number
}

declare module 'vitest-assay' {
  interface ProviderOptions {
    'type-lab': LabOptions
  }
}

declare const providers: Providers
declare const anySpec: string
declare const anyOptions: object

// a package's options stand beside those of the built-in providers
expectTypeOf<AllOptions['type-lab']>().toEqualTypeOf<LabOptions>()
expectTypeOf<OptionsOf<'type-lab/m'>>().toEqualTypeOf<LabOptions>()
expectTypeOf<OptionsOf<'openrouter/openai/gpt-5'>>().toEqualTypeOf<AllOptions['openrouter']>()
expectTypeOf<OptionsOf<'groq/llama'>>().toEqualTypeOf<AllOptions['groq']>()
expectTypeOf<OptionsOf<'unknown/m'>>().toEqualTypeOf<object>()
expectTypeOf<OptionsOf<string>>().toEqualTypeOf<object>()

// the names are there for editors to complete, and any text is a spec
expectTypeOf<Extract<ModelSpec, 'type-lab/'>>().toEqualTypeOf<'type-lab/'>()
expectTypeOf<Extract<ModelSpec, 'gguf/'>>().toEqualTypeOf<never>()
expectTypeOf<string>().toExtend<ModelSpec>()

// set-ups
void providers.setup('type-lab/m', { strength: 2 })
void providers.setup('type-lab/m', {}, { baseDir: '/evals' })
void providers.setup('unknown/m', { whatever: 1 })
void providers.setup(anySpec, anyOptions)
// @ts-expect-error there is no such option
void providers.setup('type-lab/m', { strenght: 2 })
// @ts-expect-error nor such a value
void providers.setup('type-lab/m', { strength: 'much' })
// @ts-expect-error nor of a built-in provider
void providers.setup('llama-server/a.gguf', { contextSize: 'big' })

// models of an eval
foreach([1], {
  models: ['type-lab/m', { spec: 'type-lab/m', options: { strength: 2 }, name: 'strong' }],
})('options of a package', () => 1)
foreach([{ n: 1 }], {
  models: [{ spec: 'unknown/m', options: { whatever: 1 } }, anySpec, (input) => input.trim()],
  id: ({ n }) => n,
})('others', ({ n }) => n)
foreach([1], { models: [{ spec: anySpec, options: anyOptions }] })('no literals', () => 1)
foreach([1], { models: ['a/b', 'c/d'].map((spec) => ({ spec })) })('no literals either', () => 1)
foreach([1], { models: [] })('none', () => 1)
foreach('n,m', [[1, 2]], { models: [{ spec: 'type-lab/m', options: { strength: 2 } }] })(
  'columns',
  () => 1,
)
// @ts-expect-error there is no such option
foreach([1], { models: ['a/b', { spec: 'type-lab/m', options: { strenght: 2 } }] })(
  'wrong',
  () => 1,
)
// @ts-expect-error nor such a value
foreach([1], { models: [{ spec: 'type-lab/m', options: { strength: 'much' } }] })('wrong', () => 1)
// @ts-expect-error nor with columns
foreach('n', [[1]], { models: [{ spec: 'openai/m', options: { temperatur: 1 } }] })(
  'wrong',
  () => 1,
)

declare const models: NonNullable<EvalOptions['models']>
foreach([1], { models })('a list that was declared elsewhere', () => 1)
foreach([1], { models: [...models, 'a/b'] })('and more', () => 1)

// E-21: there is one way to a model
expectTypeOf<keyof ModelProvider>().toEqualTypeOf<
  'name' | 'aliases' | 'setup' | 'teardown' | 'teardownAll' | 'listModels'
>()
