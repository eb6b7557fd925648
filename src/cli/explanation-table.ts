import type { Explanation } from '../config/explain.ts'
import { type Column, renderTable } from '../report/table.ts'
import type { ExplainedOptions } from './explained-model.ts'
import type { TableView } from './server-table.ts'

export interface ExplanationView extends TableView {
  /** Whether to say where each value comes from. */
  readonly sources: boolean
}

export interface WholeExplanation {
  /** The configuration file, if there is one. */
  readonly file: string | null
  readonly settings: Explanation
  readonly model: ExplainedOptions | undefined
}

/** What holds, for a person: a table of the run's settings, and one of a model's options. */
export function renderExplanation(
  { file, settings, model }: WholeExplanation,
  view: ExplanationView,
): string[] {
  const head = file === null ? 'No assay.config.yaml here.' : `Configuration file: ${file}`
  const lines = [head, '', ...render(settings, view)]
  if (!model) return lines
  const own = render(model.options, view)
  return [...lines, '', `Options of ${model.spec}:`, ...(own.length > 1 ? own : ['none'])]
}

function render(explanation: Explanation, { sources, width, dim }: ExplanationView): string[] {
  const columns: Column[] = [
    { title: 'name' },
    { title: 'value', cut: 'end' },
    ...(sources ? [{ title: 'from' }] : []),
  ]
  const rows = Object.entries(explanation).map(([name, { value, source }]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
    ...(sources ? [source] : []),
  ])
  const [title, ...lines] = renderTable(columns, rows, width)
  return [dim(title!), ...lines]
}
