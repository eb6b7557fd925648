import { join, relative } from 'node:path'
import type { ServerHistory } from '../model/lease.ts'

/** A local server of a run as `summary.json` has it: paths of logs start at the run's folder. */
export function fromRunFolder(history: ServerHistory, runDir: string): ServerHistory {
  const { readyMs, logs } = history
  return {
    ...history,
    readyMs: readyMs === null ? null : Math.round(readyMs),
    logs: logs.map((log) => relative(runDir, log)),
  }
}

/** A line for each server that ended although nobody had asked for it. `folder` is where the run's files are. */
export function describeCrashes(servers: readonly ServerHistory[], folder: string): string[] {
  return servers
    .filter(({ crashes }) => crashes.length > 0)
    .map(({ provider, model, starts, crashes, logs }) => {
      const times = Math.min(crashes.length, starts - 1)
      const what = times > 0 ? `was restarted ${timesInWords(times)}` : 'was not started again'
      const log = join(folder, logs.at(starts > crashes.length ? -2 : -1)!)
      return `${provider}/${model} ${what}: it had ended by ${crashes.join(', then by ')} (log: ${log})`
    })
}

function timesInWords(count: number): string {
  return ['once', 'twice'][count - 1] ?? `${count} times`
}
