import { AssayError } from '../model/error.ts'
import type { ServerNeed } from '../model/lease.ts'
import { type Gpu, selectGpus } from './gpu.ts'

export interface Machine {
  /** Bytes that programs may still take. @default what Node says, which knows the limits of containers */
  readonly availableMemory?: () => number
  /** `null` where they cannot be seen. */
  readonly gpus: readonly Gpu[] | null
}

/** @throws AssayError where a server requires more memory than is free, with both numbers */
export function requireMemory(
  need: Pick<ServerNeed, 'provider' | 'model' | 'requirements' | 'gpus'>,
  { availableMemory = process.availableMemory, gpus }: Machine,
): void {
  const { memoryGb, gpuMemoryGb } = need.requirements
  if (memoryGb !== undefined) {
    const freeGb = availableMemory() / 1e9
    if (freeGb < memoryGb) throw tooLittle(need, memoryGb, `this machine has ${shown(freeGb)} free`)
  }
  if (gpuMemoryGb !== undefined) requireGpuMemory(need, gpuMemoryGb, gpus)
}

function requireGpuMemory(
  need: Pick<ServerNeed, 'provider' | 'model' | 'gpus'>,
  wantedGb: number,
  gpus: readonly Gpu[] | null,
): void {
  if (gpus === null) {
    throw failure(
      need,
      `it requires ${shown(wantedGb)} of GPU memory, which cannot be checked: nvidia-smi is not there or fails. ` +
        'Take `gpuMemoryGb` away, or install it.',
    )
  }
  const missing = need.gpus.filter((id) => selectGpus(gpus, [id]).length === 0)
  if (missing.length > 0 || gpus.length === 0) {
    const there = gpus.map(({ index }) => index).join(', ') || 'none'
    throw failure(
      need,
      `${['there is no GPU', ...missing].join(' ')} here; nvidia-smi shows ${there}.`,
    )
  }
  const ranked = selectGpus(gpus, need.gpus).toSorted((a, b) => a.freeGb - b.freeGb)
  // a server that chooses itself needs one that has it
  const decisive = need.gpus.length > 0 ? ranked[0]! : ranked.at(-1)!
  if (decisive.freeGb >= wantedGb) return
  const { index, freeGb, totalGb } = decisive
  const has = `GPU ${index} has ${shown(freeGb)} of ${shown(totalGb)} free`
  throw tooLittle(need, wantedGb, has)
}

function tooLittle(
  need: Pick<ServerNeed, 'provider' | 'model'>,
  wantedGb: number,
  has: string,
): AssayError {
  return failure(
    need,
    `it requires ${shown(wantedGb)}, and ${has}. Free some, or take a smaller model.`,
  )
}

function failure(
  { provider, model }: Pick<ServerNeed, 'provider' | 'model'>,
  said: string,
): AssayError {
  return new AssayError(`${provider}: ${model}: ${said}`, { kind: 'setup', provider })
}

/** Both numbers of a message must differ where they do. */
function shown(gb: number): string {
  return `${Number(gb.toFixed(gb < 10 ? 2 : 1))} GB`
}
