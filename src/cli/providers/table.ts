import { type Column, renderTable } from '../../report/table.ts'
import { shownKey } from '../models/keys.ts'
import type { TableView } from '../server-table.ts'
import type { ListedProvider } from './list.ts'

const columns: readonly Column[] = [
  { title: 'provider' },
  { title: 'other names', optional: 'empty' },
  { title: 'key', cut: 'end' },
  { title: 'base URL', optional: 'empty', cut: 'end' },
  { title: 'package', optional: 'empty' },
  { title: 'from', cut: 'start' },
]

/** Providers for a person: a table, and below it what is to be installed, and what is wrong. */
export function renderProviders(
  providers: readonly ListedProvider[],
  { width, dim }: Pick<TableView, 'width' | 'dim'>,
): string[] {
  const rows = providers.map((provider) => cellsOf(provider))
  const [head, ...lines] = renderTable(columns, rows, width)
  const problems = providers.flatMap(({ name, problem }) =>
    problem === null ? [] : [`${name}: ${problem}`],
  )
  return [
    dim(head!),
    ...lines,
    ...section('To install where it is needed:', installsOf(providers)),
    ...section('Cannot be used:', problems),
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? ['', title, ...lines.map((line) => `  ${line}`)] : []
}

function installsOf(providers: readonly ListedProvider[]): readonly string[] {
  const all = providers.flatMap(({ peer }) => (peer?.install ? [peer.install] : []))
  return [...new Set(all)]
}

function cellsOf(provider: ListedProvider): string[] {
  const { name, aliases, baseURL, peer, origin } = provider
  return [
    name,
    aliases.join(', '),
    keyCell(provider),
    baseURL?.value ? `${baseURL.variable} ${baseURL.value}` : '',
    peer ? `${peer.name}${peer.install === null ? '' : ' (missing)'}` : '',
    [origin.source ?? origin.kind, ...(origin.version === null ? [] : [origin.version])].join(' '),
  ]
}

/** Those that are set, else the usual variable. */
function keyCell({ keys }: ListedProvider): string {
  const set = keys.filter(({ value }) => value !== null)
  if (set.length > 0) return set.map((key) => shownKey(key)).join(', ')
  return keys[0] ? `unset: ${keys[0].variable}` : ''
}
