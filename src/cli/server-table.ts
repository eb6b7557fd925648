import { isAbsolute, relative, sep } from 'node:path'
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { type Column, fits, renderTable } from '../report/table.ts'
import type { ListedServer } from '../server/protocol.ts'
import { ageOf } from './age.ts'
import { idLength } from './server-ids.ts'

export interface TableView {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly cwd: string
  /** Columns of the terminal; `Infinity` where it is none. */
  readonly width: number
  readonly dim: (text: string) => string
}

/** For what reads `stream`: a terminal, or a file or pipe, which cuts nothing and has no colours. */
export function viewOf(stream: WriteStream): TableView {
  return {
    now: Date.now(),
    cwd: process.cwd(),
    width: stream.isTTY ? stream.columns : Infinity,
    dim: (text) => styleText('dim', text, { stream }),
  }
}

const columns: readonly Column[] = [
  { title: 'id' },
  { title: 'model' },
  { title: 'port', align: 'right' },
  { title: 'age', align: 'right' },
  { title: 'users', align: 'right' },
  { title: 'state' },
  { title: 'log' },
]

/** Servers for a person: a table, or where the terminal is too narrow for it, some lines for each. */
export function renderServers(servers: readonly ListedServer[], view: TableView): string[] {
  if (servers.length === 0) return ['No local model server runs.']
  const length = idLength(servers)
  const rows = servers.map((server) => cellsOf(server, length, view))
  const [head, ...lines] = renderTable(columns, rows, view.width)
  return fits([head!, ...lines], view.width)
    ? [view.dim(head!), ...lines]
    : rows.flatMap((cells) => blockOf(cells))
}

/** As in an eval's `models`. */
export function specOf({ provider, model }: ListedServer): string {
  return `${provider}/${model}`
}

type Cells = readonly [string, string, string, string, string, string, string]

function cellsOf(server: ListedServer, length: number, { now, cwd }: TableView): Cells {
  return [
    server.id.slice(0, length),
    specOf(server),
    String(server.port),
    ageOf(server.startedAt, now),
    String(server.users),
    server.ready ? 'ready' : 'starting',
    shownPath(server.log, cwd),
  ]
}

function blockOf([id, spec, port, age, users, state, log]: Cells): string[] {
  return [
    spec,
    `  id ${id}, port ${port}, ${state}, ${users} ${users === '1' ? 'user' : 'users'}, ${age}`,
    `  log ${log}`,
  ]
}

/** Short inside the current folder, whole elsewhere. */
function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '..' || short.startsWith(`..${sep}`) || isAbsolute(short) ? path : short
}
