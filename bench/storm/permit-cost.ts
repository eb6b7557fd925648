import { fork } from 'node:child_process'
import { once } from 'node:events'
import { startBroker } from '../../src/broker/broker.ts'
import type { Figure } from './figures.ts'
import type { PermitLoad } from './permit-worker.ts'

const PERMITS = 100_000
const IN_FLIGHT = 100
const IDLE = 2000

/**
 * CPU that a permit costs the worker and the main process together, and how long an idle worker waits for
 * one. The main process is this one, with the broker alone; the worker does nothing but acquire and release.
 */
export async function permitCost(): Promise<readonly Figure[]> {
  const broker = await startBroker({ concurrency: { acme: IN_FLIGHT } })
  const worker = fork(new URL('permit-worker.ts', import.meta.url), { execArgv: [] })
  const ask = async (task: object): Promise<PermitLoad> => {
    worker.send(task)
    const [load] = (await once(worker, 'message')) as [PermitLoad]
    return load
  }
  try {
    const idle = await ask({ address: broker.address, permits: IDLE, inFlight: 1 })
    const before = process.cpuUsage()
    const busy = await ask({ address: broker.address, permits: PERMITS, inFlight: IN_FLIGHT })
    const { user, system } = process.cpuUsage(before)
    const main = (user + system) / PERMITS
    const theirs = busy.cpuMicroseconds / PERMITS
    return [
      {
        what: 'CPU of a permit',
        value: main + theirs,
        text: `${(main + theirs).toFixed(1)} µs (${theirs.toFixed(1)} worker, ${main.toFixed(1)} main)`,
        most: 100,
      },
      {
        what: 'idle round trip',
        value: idle.medianMicroseconds,
        text: `${idle.medianMicroseconds.toFixed(0)} µs (median of ${IDLE})`,
      },
      { what: 'permits in flight after it', value: sum(broker.desk.inFlight().providers), most: 0 },
    ]
  } finally {
    worker.disconnect()
    await broker.close()
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, one) => total + one, 0)
}
