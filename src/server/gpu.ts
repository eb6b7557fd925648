import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from './find-program.ts'

/** A GPU as nvidia-smi shows it; GB of 10⁹ bytes. */
export interface Gpu {
  readonly index: string
  readonly uuid: string
  readonly totalGb: number
  readonly usedGb: number
  readonly freeGb: number
}

/** Those of `gpus` that have one of these ids, an index or the beginning of a UUID; without ids all. */
export function selectGpus(gpus: readonly Gpu[], ids: readonly string[]): Gpu[] {
  const isOne = ({ index, uuid }: Gpu) => ids.some((id) => id === index || uuid.startsWith(id))
  return gpus.filter((gpu) => ids.length === 0 || isOne(gpu))
}

const QUERY = [
  '--query-gpu=index,uuid,memory.total,memory.used,memory.free',
  '--format=csv,noheader,nounits',
]
const LIMIT = 10_000
const GB_OF_MIB = 2 ** 20 / 1e9

/** Asks nvidia-smi; `null` where there is none, or it says nothing. A GPU that does not tell its memory is left out. */
export async function readGpus(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Gpu[] | null> {
  const program = await findProgram('nvidia-smi', { cwd: process.cwd(), path: env['PATH'] })
  if (program === undefined) return null
  const { execa } = await import('execa') // most machines have no use for it
  const { failed, stdout } = await execa(program, QUERY, {
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: LIMIT,
    reject: false,
  })
  if (failed) return null
  return stdout.split('\n').flatMap((line) => {
    const [index, uuid, ...memory] = line.split(',').map((field) => field.trim())
    const sizes = memory.map((mib) => Number(mib || Number.NaN) * GB_OF_MIB)
    const [totalGb, usedGb, freeGb] = sizes
    if (sizes.length !== 3 || sizes.some((size) => Number.isNaN(size))) return []
    return [{ index: index!, uuid: uuid!, totalGb: totalGb!, usedGb: usedGb!, freeGb: freeGb! }]
  })
}

export interface ReleaseOptions {
  /** As they were before the server was started. */
  readonly before: readonly Gpu[]
  /** Indices or UUIDs; none for all. */
  readonly ids: readonly string[]
  readonly read: () => Promise<readonly Gpu[] | null>
  /** Whether nobody will start another server. */
  readonly isClosing: () => boolean
  /** Milliseconds after which it does not wait any longer. */
  readonly boundMs?: number
}

/** What a driver may still hold for others that have come meanwhile: 512 MiB. */
const SLACK_GB = 512 * GB_OF_MIB
const BETWEEN = 250
/** Looks in a row without less memory in use: the rest belongs to others, who came after the server. */
const STILL = 8

/** Waits until a server's GPUs have back the memory that it took; a driver frees it after the process is gone. */
export async function untilReleased({
  before,
  ids,
  read,
  isClosing,
  boundMs = 30_000,
}: ReleaseOptions): Promise<void> {
  const levels = new Map(selectGpus(before, ids).map(({ uuid, usedGb }) => [uuid, usedGb]))
  const end = performance.now() + boundMs
  let least = Infinity
  for (let still = 0; still < STILL && performance.now() < end && !isClosing(); still++) {
    const now = ((await read()) ?? []).filter(({ uuid }) => levels.has(uuid))
    if (now.every(({ uuid, usedGb }) => usedGb < levels.get(uuid)! + SLACK_GB)) return
    const used = now.reduce((sum, { usedGb }) => sum + usedGb, 0)
    if (used < least) still = 0
    least = Math.min(least, used)
    await sleep(Math.min(BETWEEN, boundMs))
  }
}
