import { fileURLToPath } from 'node:url'
import { createProgram } from './fake-program.ts'
import type { FakeGpus } from './fake-nvidia-smi/main.ts'

const main = fileURLToPath(new URL('fake-nvidia-smi/main.ts', import.meta.url))

/**
 * Puts an `nvidia-smi` into a folder that answers `--query-gpu=… --format=csv[,noheader][,nounits]` for GPUs
 * whose memory is held by fake vLLMs with the same `gpuDir`.
 */
export async function createFakeNvidiaSmi(
  folder: string,
  gpus: FakeGpus,
): Promise<{ readonly bin: string }> {
  const env = { FAKE_GPUS: JSON.stringify(gpus) }
  return { bin: await createProgram(folder, 'nvidia-smi', main, env) }
}
