import { setImmediate } from 'node:timers/promises'
import type * as nodeLlamaCpp from 'node-llama-cpp'
import type { Llama, LlamaModel } from 'node-llama-cpp'
import { AssayError, messageOf } from '../../src/model/error.ts'
import { importPeer } from '../../src/provider/import-peer.ts'

/** node-llama-cpp, loaded when it is first asked for. */
export function library(): Promise<typeof nodeLlamaCpp> {
  return importPeer('node-llama-cpp', 'llama-cpp', () => import('node-llama-cpp'))
}

let loading: Promise<Llama> | undefined
/** What llama.cpp said of the file that it is loading; it prints the reason and throws none. */
let complaints: string[] = []

/** llama.cpp itself, loaded once for the process. */
function llama(): Promise<Llama> {
  loading ??= library().then(({ getLlama, LlamaLogLevel }) =>
    getLlama({
      build: 'never',
      progressLogs: false,
      logLevel: LlamaLogLevel.error,
      logger: (_level, message) => complaints.push(message.trim()),
    }),
  )
  return loading
}

/** How llama.cpp's own programs, and what is made of them, say all layers. */
export const ALL_LAYERS = -1

/** Layers that go to the GPU, as node-llama-cpp has them. */
export function layersOf(given: number | 'auto'): number | 'auto' | 'max' {
  return given === ALL_LAYERS ? 'max' : given
}

/** Loads a GGUF file. @throws AssayError with llama.cpp's own reason */
export async function load(
  path: string,
  name: string,
  { gpuLayers = 'auto' }: { readonly gpuLayers?: number | 'auto' | undefined },
): Promise<LlamaModel> {
  const engine = await llama()
  complaints = []
  try {
    return await engine.loadModel({ modelPath: path, gpuLayers: layersOf(gpuLayers) })
  } catch (error) {
    await setImmediate() // llama.cpp's own words come through another thread
    const [reason = messageOf(error)] = complaints
    throw new AssayError(`llama-cpp: '${name}' cannot be loaded: ${reason} (${path})`, {
      kind: 'setup',
      provider: 'llama-cpp',
      cause: error,
    })
  }
}
