import { join, resolve } from 'node:path'
import * as v from 'valibot'
import type { Model } from '../src/model/model.ts'
import { requireModelName } from '../src/model/model-name.ts'
import { bindable } from '../src/provider/bindable.ts'
import { bindProvider, defineProvider } from '../src/provider/define-provider.ts'
import type { ProviderSurroundings } from '../src/provider/definition.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { subjectOf } from './adapters/subject.ts'
import { listModels } from './custom/list-models.ts'
import { type Exported, loadExport } from './custom/load-export.ts'
import { locate } from './custom/locate.ts'
import { makeModel, type MakeOptions } from './custom/make-model.ts'
import { present } from './custom/present.ts'

const NAME = 'custom'

export interface CustomOptions {
  /** A file, as './handlers/my.ts', by its path or URL; or a package that is installed, or a subpath of one. */
  readonly module: string
  /** What of the module. @default its default export, else the only one that is a model, or makes one */
  readonly export?: string | undefined
  /** What a class or a function gets, or the set-up of a provider. @default {} */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** What responses name as their provider. @default 'custom', or what a model of this package says itself */
  readonly provider?: string | undefined
  /** Of the model, for the run's files. */
  readonly version?: string | number | undefined
  /** Folder that `module` starts at. @default that of the eval file */
  readonly baseDir?: string | undefined
}

const text = v.pipe(v.string('expected a text'), v.nonEmpty())
const options = v.strictObject({
  module: text,
  export: v.optional(text),
  params: v.optional(v.record(v.string(), v.unknown())),
  provider: v.optional(text),
  version: v.optional(v.union([text, v.number()], 'expected a text or a number')),
  baseDir: v.optional(text),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    custom: CustomOptions
  }
}

/** Models from a module of the user's own, by the name that they are given: `custom/my-model`. */
const provider: ModelProvider = bindable((surroundings) =>
  bindProvider(providerIn(surroundings), surroundings),
)

export default provider

/** An exported provider of this package works in the same surroundings. */
function providerIn(surroundings: Partial<ProviderSurroundings>): ModelProvider {
  const closers = new WeakMap<Model, () => Promise<void>>()
  return defineProvider<Model, CustomOptions>({
    name: NAME,
    options,
    optionAliases: { module_path: 'module', class_name: 'export' },
    identify: (name, baseDir, { baseDir: own = '' }) => join(resolve(baseDir, String(own)), name),
    async setup(name, settings, { baseDir, pricing }) {
      requireModelName(name, NAME)
      const place = { baseDir, surroundings }
      const { names, exported, ...making } = await exportOf(name, settings, place)
      const { model, close } = await makeModel(exported, { names, ...making })
      const { provider: said } = settings
      const presented = present(model, { names, provider: said, price: await pricing(name) })
      closers.set(presented, close)
      return presented
    },
    teardown: (model) => closers.get(model)?.(),
    async listModels(settings, { baseDir }) {
      const { exported, ...making } = await exportOf('models', settings, { baseDir, surroundings })
      return listModels(exported, making)
    },
  })
}

interface Place {
  readonly baseDir: string
  readonly surroundings: Partial<ProviderSurroundings>
}

/** What the options name, and what is needed to make a model of it. */
async function exportOf(
  name: string,
  { module, export: asked, params, baseDir: own = '' }: CustomOptions,
  { baseDir, surroundings }: Place,
): Promise<MakeOptions & { readonly exported: Exported }> {
  const names = { provider: NAME, name }
  const subject = subjectOf(names, params)
  const url = locate(module, resolve(baseDir, own), subject.spec)
  const exported = await loadExport(url, asked, subject)
  return { exported, names, params, surroundings: { ...surroundings, baseDir } }
}
