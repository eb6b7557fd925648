import { fileURLToPath } from 'node:url'
import { createProgram } from './fake-program.ts'

export type { VllmFaults } from './fake-vllm/faults.ts'

const main = fileURLToPath(new URL('fake-vllm/main.ts', import.meta.url))

/**
 * Puts a `vllm` into a folder that acts as the real one does, without a GPU: command line, log, late listen,
 * process tree, HTTP, endings. What goes wrong is said by the environment variable `FAKE_VLLM`, `VllmFaults`
 * as JSON. Its processes end when the folder is removed.
 */
export async function createFakeVllm(folder: string): Promise<{ readonly bin: string }> {
  return { bin: await createProgram(folder, 'vllm', main) }
}
