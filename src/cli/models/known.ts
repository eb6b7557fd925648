import { canonical } from '../../config/aliases.ts'
import { readSwitches } from '../../config/switches.ts'
import { namesOf } from '../../provider/keys.ts'
import type { ModelRole } from '../../provider/options/settle.ts'
import { definedModels } from '../../provider/options/models-variable.ts'
import type { ModelProvider } from '../../provider/provider.ts'
import { specOf } from '../../provider/spec.ts'
import type { Project } from '../project.ts'
import { entriesIn } from './file.ts'

/** A model that a project names. */
export interface KnownModel {
  readonly spec: string
  /** What evals may call it beside its spec. */
  readonly name: string | null
  readonly roles: readonly ModelRole[]
  /** What people call the places that name it. */
  readonly origins: readonly string[]
}

interface Mention {
  readonly spec: string
  readonly role?: ModelRole
  readonly origin: string
}

/** All models that a project names, each once: of the file, of `evals()`, of switches, of `NAME_MODELS`. */
export function knownModels(
  project: Project,
  providers: readonly ModelProvider[],
): readonly KnownModel[] {
  const { aliases, settings } = project
  const names = settings.config?.names ?? {}
  const bySpec = new Map<string, KnownModel>()
  for (const { spec: given, role = 'model', origin } of mentions(project, providers)) {
    const spec = canonical(specOf(given, names), aliases)
    const { roles = [], origins = [] } = bySpec.get(spec) ?? {}
    const name = Object.keys(names).find((one) => canonical(names[one]!, aliases) === spec)
    bySpec.set(spec, {
      spec,
      name: name ?? null,
      roles: [...new Set([...roles, role])],
      origins: [...new Set([...origins, origin])],
    })
  }
  return [...bySpec.values()]
}

function mentions(
  { env, named, givenAt, settings: { config, options } }: Project,
  providers: readonly ModelProvider[],
): readonly Mention[] {
  const listed = config?.models
    ? entriesIn(config).map(({ spec, place }) => ({ spec, origin: place }))
    : (options.models ?? []).map((spec) => ({ spec, origin: givenAt }))
  const ofRoles = (['model', 'judge', 'fixer'] as const).flatMap((role): Mention[] => {
    const spec = options[role]
    const origin = config?.[role] === undefined ? givenAt : config.places[role]!
    return spec === undefined ? [] : [{ spec, role, origin }]
  })
  const { models = [], judge, fixer } = readSwitches([], env)
  const switched: Mention[] = [
    ...models.map((spec) => ({ spec, origin: named('ASSAY_MODEL') })),
    ...(judge === undefined
      ? []
      : [{ spec: judge, role: 'judge' as const, origin: named('ASSAY_JUDGE_MODEL') }]),
    ...(fixer === undefined
      ? []
      : [{ spec: fixer, role: 'fixer' as const, origin: named('ASSAY_FIXER_MODEL') }]),
  ]
  const defined = providers.flatMap((provider) => {
    const { source = '', models: own = [] } = definedModels(env, namesOf(provider)) ?? {}
    return own.map(({ name }) => ({ spec: `${provider.name}/${name}`, origin: named(source) }))
  })
  return [...listed, ...ofRoles, ...switched, ...defined]
}
