import { readSwitches } from '../../config/switches.ts'
import { AssayError } from '../../model/error.ts'
import type { Project } from '../project.ts'
import type { AskedModel } from './subject.ts'

/** All models that a project names, each once, with what for. @throws AssayError where it names none */
export function projectModels({
  env,
  settings: { options, config },
}: Pick<Project, 'env' | 'settings'>): readonly AskedModel[] {
  const switches = readSwitches([], env)
  const { model, models = [] } = options
  const { judge = options.judge, fixer = options.fixer } = switches
  const listed = [...(model === undefined ? [] : [model]), ...models, ...(config?.models ?? [])]
  const asked: AskedModel[] = (switches.models ?? listed).map((spec) => ({ spec, role: 'model' }))
  if (judge !== undefined) asked.push({ spec: judge, role: 'judge' })
  if (fixer !== undefined) asked.push({ spec: fixer, role: 'fixer' })
  if (asked.length > 0) {
    return asked.filter(({ spec }, index) => asked.findIndex((one) => one.spec === spec) === index)
  }
  throw new AssayError(
    'This project names no model: give one, as in "assay doctor openai/gpt-5-mini", or name them in assay.config.yaml or evals().',
    { kind: 'config' },
  )
}
