// A worker that asks for permits and gives them back: one half of what a permit costs.
import { brokerAt } from '../../src/broker/client.ts'
import type { PermitPool } from '../../src/model/permit.ts'

/** What a load cost this process. */
export interface PermitLoad {
  readonly cpuMicroseconds: number
  readonly medianMicroseconds: number
}

interface Task {
  readonly address: string
  readonly permits: number
  readonly inFlight: number
}

const pool: PermitPool = { provider: 'acme', model: 'small', keys: ['key'] }

async function load({ address, permits, inFlight }: Task): Promise<PermitLoad> {
  const desk = brokerAt(address)
  const waits: number[] = []
  let left = permits

  async function lane(): Promise<void> {
    while (left-- > 0) {
      const asked = performance.now()
      const permit = await desk.acquire({ pool, tokens: 100, patienceMs: 600_000, again: false })
      waits.push(performance.now() - asked)
      permit.release({ failure: null, tokens: 100 })
    }
  }

  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: inFlight }, () => lane()))
  const { user, system } = process.cpuUsage(before)
  const median = waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)]!
  return { cpuMicroseconds: user + system, medianMicroseconds: median * 1000 }
}

process.on('message', (task: Task) => {
  void load(task).then((result) => process.send!(result))
})
