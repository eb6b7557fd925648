import * as v from 'valibot'
import type { AssayConfig } from '../src/config/file/config.ts'
import { checked } from '../src/model/checked.ts'
import { failuresOf, throwAll } from '../src/model/settle-all.ts'
import { type HealthOptions, healthSchema } from '../src/provider/health/options.ts'
import type { Providers } from '../src/provider/providers.ts'
import { callerOf } from '../src/provider/registry/caller.ts'
import {
  type Registrable,
  type Registration,
  toOther,
} from '../src/provider/registry/registration.ts'
import {
  createRegistered,
  type Registered,
  type RegisteredModel,
} from '../src/provider/registry/registry.ts'
import type { Reward } from '../src/provider/selection/reward.ts'
import { createStatistics, Statistics } from '../src/provider/selection/statistics.ts'
import {
  createStrategy,
  type GivenStrategy,
  strategySchema,
} from '../src/provider/selection/strategies.ts'
import {
  createProviders,
  type CreateProvidersOptions,
  createProvidersOptions,
  fileOf,
} from './create-providers.ts'

export interface RegistryOptions extends CreateProvidersOptions {
  /** How one of the models that meet the requirements is selected. @default 'ucb' */
  readonly strategy?: GivenStrategy
  /** What is known of the models by having tried them. @default nothing yet */
  readonly statistics?: Statistics
  /** Rewards the calls of `selection()`. @default 1 for a response, 0 for a failure */
  readonly reward?: Reward
  /** How the health of the models is watched. @default by their calls alone */
  readonly health?: HealthOptions
  /** Milliseconds since 1970, for health. @default Date.now */
  readonly now?: () => number
}

/** Models by name: registered, looked up, selected, watched. For scripts; in evals, `select` is what is needed. */
export interface Registry extends Omit<Registered, 'add' | 'teardown'>, AsyncDisposable {
  /**
   * Registers a model: a spec, a choice as in `models`, a model that is there, or a name with what it stands for.
   *
   * @throws AssayError `config` for a name that there is, and for what is no registration
   */
  register(model: Registrable): RegisteredModel
  register(name: string, registration: Registration): RegisteredModel
  /** Registers in the place of what has the name, which is torn down before. @throws AssayError `config` for a name of none */
  replace(name: string, registration: Registration): Promise<RegisteredModel>
  /** Registers the models of a configuration file, with all that it says of them. @throws AssayError `config` */
  fromConfig(config: string | AssayConfig): readonly RegisteredModel[]
  /** Tears down all models, and what the registry has opened. @throws AggregateError naming each failure */
  teardownAll(): Promise<void>
}

const aFunction = v.custom<never>((value) => typeof value === 'function', 'expected a function')

const schema = v.strictObject({
  ...createProvidersOptions,
  strategy: v.optional(strategySchema, 'ucb'),
  statistics: v.optional(v.instance(Statistics, 'expected what createStatistics() makes')),
  reward: v.optional(aFunction),
  health: v.optional(healthSchema, {}),
  now: v.optional(aFunction),
})

/** A registry, with the models of `config` where that is given. @throws AssayError `config` for wrong options */
export function createRegistry(options: RegistryOptions = {}): Registry {
  const own = checked('createRegistry()', schema, options)
  const { strategy: _strategy, statistics, reward, health: _health, now, config, ...rest } = options
  const { notice = () => {} } = rest
  const registered = createRegistered({
    strategy: createStrategy(own.strategy),
    statistics: statistics ?? createStatistics({ notice }),
    reward,
    health: own.health,
    notice,
    now,
  })
  const sets: Providers[] = []

  function open(file?: AssayConfig): Providers {
    const providers = createProviders({ ...rest, ...(file && { config: file }) })
    sets.push(providers)
    return providers
  }

  function addAll(file: AssayConfig, providers: Providers): readonly RegisteredModel[] {
    const shortNames = new Map(Object.entries(file.names).map(([name, spec]) => [spec, name]))
    const added: RegisteredModel[] = []
    try {
      for (const [index, spec] of (file.models ?? []).entries()) {
        const other = providers.other({ spec, name: shortNames.get(spec) ?? spec })
        added.push(registered.add(other, file.places[`models.${index}`] ?? file.path, spec))
      }
      return added
    } catch (error) {
      // all models of a file, or none
      for (const { name } of added) void registered.unregister(name)
      throw error
    }
  }

  const ownFile = config === undefined ? undefined : fileOf(config, rest)
  const ownProviders = open(ownFile)
  const found = (given: Registrable, registration?: Registration) =>
    toOther(given, registration, ownProviders.other)

  const { add: _, teardown, ...shared } = registered
  const registry: Registry = {
    ...shared,
    register(given: Registrable, registration?: Registration) {
      return registered.add(found(given, registration), callerOf(registry.register))
    },
    async replace(name, registration) {
      const origin = callerOf(registry.replace)
      const { name: known } = registered.get(name)
      const other = found(known, registration)
      await registered.unregister(known)
      return registered.add(other, origin)
    },
    fromConfig(given) {
      const file = fileOf(given, rest)
      return addAll(file, open(file))
    },
    async teardownAll() {
      const failures = await failuresOf([
        teardown(),
        ...sets.map((providers) => providers.teardownAll()),
      ])
      // what a model and its provider say of one failure is said once
      throwAll([...new Set(failures.flatMap((one) => errorsOf(one)))])
    },
    [Symbol.asyncDispose]: () => registry.teardownAll(),
  }
  if (ownFile) addAll(ownFile, ownProviders)
  return registry
}

function errorsOf(error: Error): readonly Error[] {
  if (!(error instanceof AggregateError)) return [error]
  return error.errors.flatMap((one: Error) => errorsOf(one))
}
