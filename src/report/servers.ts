import { join, relative } from 'node:path'
import type { ServerHistory } from '../model/lease.ts'

/** A local server of a run as `summary.json` has it: paths of logs start at the run's folder. */
export function fromRunFolder(history: ServerHistory, runDir: string): ServerHistory {
  const { readyMs, logs, crashes } = history
  const shown = (log: string) => relative(runDir, log)
  return {
    ...history,
    readyMs: readyMs === null ? null : Math.round(readyMs),
    crashes: crashes.map(({ how, log }) => ({ how, log: shown(log) })),
    logs: logs.map((log) => shown(log)),
  }
}

/** A line for each server that ended although nobody had asked for it. `folder` is where the run's files are. */
export function describeCrashes(servers: readonly ServerHistory[], folder: string): string[] {
  return servers
    .filter(({ crashes }) => crashes.length > 0)
    .map(({ provider, model, restarts, crashes }) => {
      const what =
        restarts > 0 ? `was restarted ${timesInWords(restarts)}` : 'was not started again'
      const ends = crashes.map(({ how }) => how).join(', then by ')
      const log = join(folder, crashes.at(-1)!.log)
      return `${provider}/${model} ${what}: it had ended by ${ends} (log: ${log})`
    })
}

function timesInWords(count: number): string {
  return ['once', 'twice'][count - 1] ?? `${count} times`
}
