import { type Env, type Named, namesOf } from '../keys.ts'
import { LooseText } from './loose-options.ts'
import type { ModelLayer, ModelSettings, ProjectModels } from './model-settings.ts'
import { definedModels } from './models-variable.ts'
import type { OptionNames } from './option-names.ts'
import { optionVariables } from './option-variables.ts'

/** What one place says of a model, and what people call it. */
export interface ModelPlace {
  readonly source: string
  readonly settings: ModelSettings
}

/** Which model it is, what for, and who may say something of it. */
export interface PlacedModel {
  readonly modelName: string
  readonly role: string
  readonly env: Env
  readonly project: ProjectModels
}

/** The places that say something of a model, from the least telling one on. */
export function placesOf(
  owner: Named,
  { modelName, role, env, project }: PlacedModel,
  names: OptionNames | undefined,
): readonly ModelPlace[] {
  const prefixes = namesOf(owner)
  const specs = [owner.name, ...(owner.aliases ?? [])].map((name) => `${name}/${modelName}`)
  const ofLayer = (layer: ModelLayer | undefined): ModelPlace[] => {
    const said = specs.flatMap((spec) => layer?.models[spec] ?? [])
    // what is said for one role goes before what is said for all
    const all = said.filter((one) => one.role === undefined)
    const own = said.filter((one) => one.role === role)
    return [...all, ...own].map((settings) => ({ source: layer!.source, settings }))
  }
  const defined = definedModels(env, prefixes)
  const ofVariable = (defined?.models ?? [])
    .filter(({ name }) => name === modelName)
    .map(({ settings }) => ({ source: defined!.source, settings }))
  const ofOptions = optionVariables(env, prefixes, names)
    // how a provider's models are sampled says nothing of judges
    .filter(({ option }) => role !== 'judge' || option !== 'temperature')
    .map(({ variable, option, value }) => ({
      source: variable,
      settings: { options: { [option]: new LooseText(value) } },
    }))
  const ofRole: ModelPlace[] =
    role === 'judge' && names?.all.includes('temperature')
      ? [{ source: 'the default of a judge', settings: { options: { temperature: 0 } } }]
      : []
  return [
    ...ofRole,
    ...ofLayer(project.code),
    ...ofVariable,
    ...ofLayer(project.file),
    ...ofOptions,
  ]
}
