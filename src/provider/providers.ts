import { AssayError } from '../model/error.ts'
import { failuresOf, throwAll } from '../model/settle-all.ts'
import { isShowable } from '../model/may-be-secret.ts'
import { meantBy } from '../model/nearest.ts'
import { bindProvider } from './define-provider.ts'
import type { ProviderSurroundings } from './definition.ts'
import { prefixOf } from './keys.ts'
import type { ModelChoice } from './model-choice.ts'
import { type FoundModel, otherModel, type OtherModel } from './members/other-model.ts'
import type { ModelSpec, OptionsOf } from './provider-options.ts'
import type { ModelHandle, ModelProvider, SetupPlace } from './provider.ts'
import { parseSpec } from './spec.ts'

export type { FoundModel } from './members/other-model.ts'

/** Providers by name. */
export interface Providers {
  /** Names of the providers that are there. */
  readonly names: readonly string[]
  /** @throws AssayError listing the names when there is none of this name. */
  get(name: string): ModelProvider
  /** The provider of a spec, and the name that it has for the model. */
  find(spec: string): FoundModel
  /** A model before it is set up, for one that stands before several. */
  other(choice: ModelChoice): OtherModel
  /** Sets up the model of a spec, `provider/model-name`. */
  setup<Spec extends ModelSpec>(
    spec: Spec,
    options?: OptionsOf<Spec>,
    place?: SetupPlace,
  ): Promise<ModelHandle>
  /** Destroys every resource of every provider. @throws AggregateError with all failures */
  teardownAll(): Promise<void>
}

export interface BindOptions extends Partial<ProviderSurroundings> {
  readonly providers: readonly ModelProvider[]
  /** Providers that the environment defines. */
  readonly fromEnv?: (env: Readonly<Record<string, string | undefined>>) => readonly ModelProvider[]
}

/** Binds providers to one set of surroundings, with resources of its own. */
export function bindProviders({ providers, fromEnv, ...surroundings }: BindOptions): Providers {
  const env = surroundings.env ?? process.env
  const byName = new Map<string, ModelProvider>()
  const nameOfAlias = new Map<string, string>()
  for (const provider of [...(fromEnv?.(env) ?? []), ...providers]) {
    byName.set(provider.name, bindProvider(provider, { ...surroundings, find }))
    for (const alias of provider.aliases ?? []) nameOfAlias.set(alias, provider.name)
  }

  function get(name: string): ModelProvider {
    const provider = byName.get(name) ?? byName.get(nameOfAlias.get(name) ?? '')
    if (provider) return provider
    const known = [...byName.keys()].toSorted()
    const shown = isShowable(name) ? `\`${name}\`` : 'of this name' // it may be a key in the wrong place
    throw new AssayError(
      `There is no provider ${shown}. Providers: ${known.join(', ')}.${hint(name, known)}`,
      { kind: 'config' },
    )
  }

  function find(spec: string): FoundModel {
    const { providerName, modelName } = parseSpec(spec, surroundings.models?.names)
    return { provider: get(providerName), modelName }
  }

  return {
    names: [...byName.keys()],
    get,
    find,
    other: (choice) => otherModel(choice, { prices: {}, ...surroundings, find }, {}),
    async setup(spec, options, place) {
      const { provider, modelName } = find(spec)
      return provider.setup(modelName, options, place)
    },
    async teardownAll() {
      throwAll(await failuresOf([...byName.values()].map((one) => one.teardownAll())))
    },
  }
}

/** A name that an environment variable can carry becomes a provider through one, unless another has that. */
function hint(name: string, known: readonly string[]): string {
  const owner = known.find((one) => prefixOf(one) === prefixOf(name))
  const meant = owner ?? meantBy(name, known)
  const question = meant === undefined ? '' : ` Did you mean \`${meant}\`?`
  const isName = /^[a-z0-9_]+$/.test(name) && isShowable(name)
  if (owner !== undefined || !isName) return question
  return `${question} An OpenAI-compatible server becomes one through ${name.toUpperCase()}_API_BASE.`
}
