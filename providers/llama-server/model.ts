import { basename, resolve } from 'node:path'
import { AssayError } from '../../src/model/error.ts'
import { requireGguf } from '../llama-cpp/gguf.ts'
import { isPath, pathOf } from '../shared/local/files.ts'
import { hubFolder } from '../shared/local/hub.ts'
import type { Start, StartPlace } from '../shared/local/start.ts'

const PROVIDER = 'llama-server'

/** How llama-server is told of its model. */
export interface NamedModel extends Pick<Start, 'args' | 'hub'> {
  /** What it is called where nothing else is said. */
  readonly name: string
  readonly files: readonly string[]
}

/**
 * A name that ends in `.gguf`, or of a file, is a path; any other is one of Hugging Face, `user/repo`.
 * @throws AssayError where the file is not there or is no GGUF file
 */
export async function modelOf(
  modelName: string,
  { quantization }: { readonly quantization?: string | undefined },
  { baseDir, env }: StartPlace,
): Promise<NamedModel> {
  const isFile = /\.gguf$/i.test(modelName) || isPath(modelName)
  if (isFile || pathOf(modelName, baseDir, 'file')) {
    const path = resolve(baseDir, modelName)
    await requireGguf(path, modelName, PROVIDER)
    if (quantization === undefined) {
      return { name: basename(path), args: ['--model', path], files: [path] }
    }
    throw wrong(
      `\`quantization\` chooses among the files of a model on Hugging Face; '${modelName}' is one file already.`,
    )
  }
  const [, repo, named] = /^([\w.-]+\/[\w.-]+)(?::([\w.-]+))?$/.exec(modelName) ?? []
  if (repo === undefined) {
    throw wrong(
      `expected the path of a .gguf file, or a model of Hugging Face as \`user/repo\`, got '${modelName}'.`,
    )
  }
  if (named !== undefined && quantization !== undefined) {
    throw wrong(`'${modelName}' names its quantization; take the option \`quantization\` away.`)
  }
  const chosen = named ?? quantization
  const name = chosen === undefined ? repo : `${repo}:${chosen}`
  const { LLAMA_CACHE: cache } = env
  const folder = hubFolder(repo, cache ? { HF_HUB_CACHE: cache } : env)
  return { name, args: ['--hf-repo', name], files: [], hub: { folder, quantization: chosen } }
}

function wrong(problem: string): AssayError {
  return new AssayError(`${PROVIDER}: ${problem}`, { kind: 'config', provider: PROVIDER })
}
