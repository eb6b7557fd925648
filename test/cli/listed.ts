import type { ListedServer } from '../../src/server/protocol.ts'

/** A server as the list has it, ready, with two users, started at 12:00. */
export function listed(id: string, change: Partial<ListedServer> = {}): ListedServer {
  return {
    id,
    provider: 'llama-server',
    model: 'models/tiny.gguf',
    pid: 4711,
    port: 21034,
    url: 'http://127.0.0.1:21034',
    ready: true,
    users: 2,
    startedAt: '2026-05-04T12:00:00.000Z',
    log: '/project/.assay/runs/r1/servers/tiny.log',
    runPid: 4700,
    ...change,
  }
}
