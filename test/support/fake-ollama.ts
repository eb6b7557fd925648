import { fileURLToPath } from 'node:url'
import { createProgram } from './fake-program.ts'

export type { OllamaSetup } from './fake-ollama/main.ts'

const main = fileURLToPath(new URL('fake-ollama/main.ts', import.meta.url))

/**
 * Puts an `ollama` into a folder, with the one command `serve`. What it has is said by the environment variable
 * `FAKE_OLLAMA`, `OllamaSetup` as JSON. Its processes end when the folder is removed.
 */
export async function createFakeOllama(folder: string): Promise<{ readonly bin: string }> {
  return { bin: await createProgram(folder, 'ollama', main) }
}
