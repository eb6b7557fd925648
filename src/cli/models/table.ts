import type { Capabilities } from '../../model/model.ts'
import { type Column, renderTable } from '../../report/table.ts'
import type { TableView } from '../server-table.ts'
import { shownKey } from './keys.ts'
import type { ListedModel, ModelList } from './list.ts'
import type { RemoteList } from './remote.ts'

const columns: readonly Column[] = [
  { title: 'model' },
  { title: 'name', optional: 'empty' },
  { title: 'as', optional: 'empty' },
  { title: 'can', optional: 'empty', cut: 'end' },
  { title: 'key', optional: 'empty', cut: 'end' },
  { title: 'from', cut: 'start' },
]

/** The models of a project for a person: a table, then what is wrong, then what providers list. */
export function renderModels(
  { models, remote = [] }: ModelList,
  { width, dim }: Pick<TableView, 'width' | 'dim'>,
): string[] {
  const problems = models.flatMap(({ spec, problem }) =>
    problem === null ? [] : [`${spec}: ${problem}`],
  )
  return [
    ...tableOf(models, width, dim),
    ...(problems.length > 0 ? ['', ...problems] : []),
    ...remote.flatMap((list) => ['', ...linesOf(list)]),
  ]
}

function tableOf(
  models: readonly ListedModel[],
  width: number,
  dim: (text: string) => string,
): string[] {
  if (models.length === 0) {
    return ['No models here. One is added with, say, "assay models add openai/gpt-5-mini".']
  }
  const [head, ...lines] = renderTable(
    columns,
    models.map((model) => cellsOf(model)),
    width,
  )
  return [dim(head!), ...lines]
}

function cellsOf({ spec, name, roles, capabilities, keys, origins }: ListedModel): string[] {
  return [
    spec,
    name ?? '',
    roles.filter((role) => role !== 'model').join(', '),
    capabilitiesIn(capabilities),
    keys.map((key) => shownKey(key)).join(', '),
    origins.join(', '),
  ]
}

function capabilitiesIn({ contextWindow, maxOutputTokens, ...can }: Capabilities): string {
  const names = Object.entries(can).flatMap(([name, is]) => (is ? [name] : []))
  return [
    ...names,
    ...(contextWindow === undefined ? [] : [`context ${contextWindow}`]),
    ...(maxOutputTokens === undefined ? [] : [`output ${maxOutputTokens}`]),
  ].join(', ')
}

function linesOf({ provider, models, error }: RemoteList): string[] {
  if (error !== null) return [`${provider} does not list its models: ${error}`]
  return [`${provider} lists ${models.length}:`, ...models.map((spec) => `  ${spec}`)]
}
