import type { ServerNeed } from '../../model/lease.ts'
import type { ServerExit } from '../protocol.ts'
import { causes, portTaken } from './causes.ts'

/**
 * Why a server ended or never was ready, as far as the lines of its log and its exit tell.
 * @param exit - `null` while it still runs
 */
export function likelyCause(
  lines: readonly string[],
  exit: ServerExit | null,
  need: Pick<ServerNeed, 'command' | 'install'>,
): string | undefined {
  const text = lines.join('\n')
  for (const { line, ended, says } of causes) {
    const found: readonly string[] | null = line ? line.exec(text) : []
    if (!found || (ended && !(exit && exit.by === null && ended(exit)))) continue
    const { command, install } = need
    return fill(says, { command, install, ...Object.fromEntries(found.entries()) })
  }
  return undefined
}

/** Whether the server says that something else listens on its port. */
export function saysPortTaken(lines: readonly string[]): boolean {
  return portTaken.test(lines.join('\n'))
}

/** Puts what was found for `{1}`, `{2}`, and the need's fields for their names. */
function fill(says: string, values: Readonly<Record<string, string | undefined>>): string {
  return says.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]?.trim() ?? '')
}
