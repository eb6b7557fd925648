import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The bundled model, as an absolute path. It answers `47 + 38?` with `85` and the like. */
export const tinyModel: string = join(root, 'evals/models/tiny-chat.gguf')

/** Absolute path of a llama-server that runs; `undefined` where there is none. */
export const llamaServer: string | undefined = candidates().find(runs)

if (llamaServer === undefined) {
  const named = process.env['LLAMA_SERVER_BIN']
  const reason = named
    ? `LLAMA_SERVER_BIN names ${named}, which does not run`
    : 'there is no llama-server on the PATH; test/support/get-llama-server.sh .tmp/llama gets one'
  if (process.env['REQUIRE_LLAMA'] === '1') throw new Error(`REQUIRE_LLAMA=1, but ${reason}.`)
  console.warn(`Tests with a real llama-server are skipped: ${reason}.`)
}

/** `describe`, skipped where there is no llama-server. */
export const describeLlama: ReturnType<typeof describe.skipIf> = describe.skipIf(
  llamaServer === undefined,
)

/** `test`, skipped where there is no llama-server. */
export const testLlama: ReturnType<typeof test.skipIf> = test.skipIf(llamaServer === undefined)

/** Who names one wants that one and no other. */
function candidates(): string[] {
  const named = process.env['LLAMA_SERVER_BIN']
  if (named) return [named]
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...folders, join(root, '.tmp/llama/bin')].map((folder) => join(folder, 'llama-server'))
}

function runs(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
}
