import { open } from 'node:fs/promises'
import { AssayError } from '../../src/model/error.ts'

/** llama.cpp's own message for a wrong file says neither which nor why. */
export async function requireGguf(
  path: string,
  modelName: string,
  provider = 'llama-cpp',
): Promise<void> {
  const magic = Buffer.alloc(4)
  try {
    await using file = await open(path)
    await file.read(magic, 0, 4, 0)
  } catch (error) {
    throw new AssayError(
      `${provider}: there is no model file '${modelName}' (${path}). A relative path starts at the folder of the eval file.`,
      { kind: 'config', provider, cause: error },
    )
  }
  if (magic.toString() === 'GGUF') return
  throw new AssayError(`${provider}: '${modelName}' is not a GGUF file (${path}).`, {
    kind: 'config',
    provider,
  })
}
