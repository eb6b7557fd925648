import { listServers } from '../server/supervisor/control.ts'
import type { ListedServer } from '../server/protocol.ts'

/** The local model servers of all runs of this user, oldest first. */
export async function runningServers(): Promise<ListedServer[]> {
  const servers = await listServers()
  return servers.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
}
