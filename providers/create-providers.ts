import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { createDesk } from '../src/broker/desk.ts'
import { aliasesOf } from '../src/config/aliases.ts'
import { type AssayConfig, layerOf } from '../src/config/file/config.ts'
import { loadConfig } from '../src/config/file/load.ts'
import { keysByProvider } from '../src/config/keys-by-provider.ts'
import { noticesOf } from '../src/config/script-notices.ts'
import { withConfig } from '../src/config/with-config.ts'
import { checked } from '../src/model/checked.ts'
import { Secret } from '../src/model/secret.ts'
import { bindProviders, type BindOptions, type Providers } from '../src/provider/providers.ts'
import { openRequests } from '../src/provider/request-plan.ts'
import { placeCache } from '../src/request/cache/place.ts'
import { permitsOf, type RunRequestOptions, runRequestOptions } from '../src/request/options.ts'
import { createLazyPool } from '../src/server/lazy-pool.ts'
import { providersFromEnv } from './openai-compatible/from-env.ts'
import { builtIn } from './built-in.ts'

export interface CreateProvidersOptions extends RunRequestOptions {
  /** Providers beside the built-in ones; one of the same name takes its place. */
  readonly providers?: BindOptions['providers']
  /** Keys by provider, in place of those of the environment. */
  readonly keys?: Readonly<Record<string, readonly (string | Secret)[]>>
  /**
   * A configuration file, relative to `baseDir`, or what `loadConfig` has read of one. What it says goes before
   * these options. @default none
   */
  readonly config?: string | AssayConfig | undefined
  /** Where keys, base URLs and options are looked up. @default process.env */
  readonly env?: BindOptions['env']
  /** Local model servers that may run at once on one GPU, or on the machine. @default no limit but GPU memory */
  readonly maxServers?: number | undefined
  /** Folder that relative paths start from. @default the working directory */
  readonly baseDir?: string
  /** Gets what a person should know, as `Using provider-specific concurrency: 2 for openai`. @default nobody */
  readonly notice?: (line: string) => void
}

/** All providers, with their limits, keys and cache, without Vitest: for scripts and unit tests. */
export function createProviders(asked: CreateProvidersOptions = {}): Providers {
  checked('createProviders()', schema, asked)
  const {
    providers = [],
    keys = {},
    env = process.env,
    baseDir = process.cwd(),
    notice = () => {},
    config: given,
    ...own
  } = asked
  const all = [...builtIn, ...providers]
  const config = given === undefined ? undefined : fileOf(given, { baseDir, env })
  for (const line of config ? noticesOf(config) : []) notice(line)
  const aliases = aliasesOf(all)
  const options = withConfig(own, config, aliases)
  const names = [...all, ...providersFromEnv(env)].map((provider) => provider.name)
  const { maxServers } = options
  const { concurrency, limits, keyStrategy, requests = {}, cache, prices = {} } = options
  const desk = createDesk({
    concurrency: permitsOf(concurrency),
    notice,
    ...(limits && { limits }),
    ...(keyStrategy && { keyStrategy }),
  })
  const outputDir = join(baseDir, '.assay')
  const pool = createLazyPool({ maxServers, logDir: join(outputDir, 'servers'), notice })
  const plan = {
    settings: requests,
    prices,
    cache: placeCache(cache || { mode: 'off' }, { outputDir, baseDir, env }),
    keySalt: randomBytes(16).toString('hex'),
  }
  const { seam, close } = openRequests(plan, { desk, notice })
  const bound = bindProviders({
    fromEnv: providersFromEnv,
    providers: all,
    ...(config && {
      models: { file: layerOf(config), names: config.names, listed: config.models ?? [] },
    }),
    notice,
    seam,
    leases: pool,
    prices,
    keys: keysByProvider(keys, { names, aliases }),
    env,
    baseDir,
  })
  return {
    ...bound,
    async teardownAll() {
      try {
        await bound.teardownAll()
      } finally {
        desk.close()
        await pool.close()
        await close()
      }
    },
  }
}

const anObject = v.custom<object>(
  (value) => typeof value === 'object' && value !== null,
  'expected an object',
)

/** The fields of CreateProvidersOptions, for a schema to take in. */
export const createProvidersOptions: {
  [name in keyof CreateProvidersOptions]-?: v.GenericSchema
} = {
  ...runRequestOptions,
  providers: v.optional(v.array(anObject, 'expected a list of providers')),
  keys: v.optional(
    v.record(
      v.string(),
      v.array(v.union([v.string(), v.instance(Secret)]), 'expected a list of keys'),
    ),
  ),
  config: v.optional(
    v.union([v.string(), anObject], 'expected a path, or what loadConfig() reads'),
  ),
  env: v.optional(anObject),
  maxServers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  baseDir: v.optional(v.string()),
  notice: v.optional(v.function()),
}

const schema = v.strictObject(createProvidersOptions)

/** A configuration file as it was read, or is read now. @throws AssayError `config` */
export function fileOf(
  config: string | AssayConfig,
  { baseDir = process.cwd(), env = process.env }: Pick<CreateProvidersOptions, 'baseDir' | 'env'>,
): AssayConfig {
  return typeof config === 'string' ? loadConfig(resolve(baseDir, config), { env }) : config
}
