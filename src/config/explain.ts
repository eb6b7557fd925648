import { ROW_TIMEOUT } from '../evaluation/settings.ts'
import { shownOptions } from '../evaluation/shown-options.ts'
import { isPlain } from '../model/plain-data.ts'
import { requestDefaults } from '../request/endpoint.ts'
import type { EvalsOptions } from './options.ts'
import { canonical, type ProviderAliases } from './aliases.ts'
import type { ProjectSettings } from './project-settings.ts'

/** A value, and what people call the place that it comes from. */
export interface Explained {
  readonly value: unknown
  readonly source: string
}

/** Values by their names, as `concurrency.openai`. */
export type Explanation = Readonly<Record<string, Explained>>

export interface ExplainPlace {
  /** What people call the place of the plugin's options. */
  readonly givenAt: string
  /** What the environment says of the run, by the names of options, and the variable that says it. */
  readonly switches: Explanation
  readonly aliases: ProviderAliases
}

/** What holds where nobody says anything. */
const defaults: Explanation = Object.fromEntries(
  Object.entries({
    'concurrency.default': 'adaptive, from 10 up to 100',
    'requests.default.attempts': requestDefaults.attempts,
    'requests.default.timeout': requestDefaults.timeout,
    'requests.default.deadline': requestDefaults.deadline,
    cache: false,
    maxErrorRate: 0,
    rowTimeout: ROW_TIMEOUT,
  }).map(([name, value]) => [name, { value, source: 'default' }]),
)

/** Options that are about the project and not about its runs. */
const IGNORED = new Set(['config', 'modelConfigs', 'include', 'always', 'outputDir', 'test'])

/** Each setting of a run, with its value and where that comes from. */
export function explainSettings(
  { options, config }: Pick<ProjectSettings, 'options' | 'config'>,
  { givenAt, switches, aliases }: ExplainPlace,
): Explanation {
  const places = Object.entries(config?.places ?? {}).map(
    ([name, place]) => [canonicalName(name, aliases), place] as const,
  )
  const sourceOf = (name: string): string =>
    places.find(([known]) => name === known || name.startsWith(`${known}.`))?.[1] ?? givenAt
  const entries = Object.entries(flatten(options)).map(
    ([name, value]) => [name, { value: shown(value), source: sourceOf(name) }] as const,
  )
  return { ...defaults, ...Object.fromEntries(entries), ...switches }
}

/** Names of settings tell of no secret, as `keyStrategy`; values may hold one. */
function shown(value: unknown): unknown {
  return shownOptions({ value })['value']
}

function canonicalName(name: string, aliases: ProviderAliases): string {
  const [section, ...rest] = name.split('.')
  return rest.length > 0 ? `${section}.${canonical(rest.join('.'), aliases)}` : name
}

/** Maps by provider or model are told entry by entry. */
const MAPS = new Set(['concurrency', 'limits', 'requests', 'prices', 'budget', 'cache'])

function flatten(options: EvalsOptions): Record<string, unknown> {
  const fields = Object.entries(options).filter(
    ([name, value]) => !IGNORED.has(name) && value !== undefined,
  )
  return Object.fromEntries(
    fields.flatMap(([name, value]): [string, unknown][] => {
      if (name === 'concurrency' && typeof value === 'number') return [[`${name}.default`, value]]
      if (!MAPS.has(name) || !isPlain(value)) return [[name, value]]
      return Object.entries(value).flatMap(([key, one]): [string, unknown][] =>
        name === 'requests' && isPlain(one)
          ? Object.entries(one).map(([field, part]) => [`${name}.${key}.${field}`, part])
          : [[`${name}.${key}`, one]],
      )
    }),
  )
}
