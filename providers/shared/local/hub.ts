import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** The folder in which Hugging Face's cache keeps a model, `user/repo`. */
export function hubFolder(repo: string, env: Env): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = env
  const home = HF_HOME ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  const cache = HF_HUB_CACHE ?? HUGGINGFACE_HUB_CACHE ?? join(home, 'hub')
  return join(cache, `models--${repo.replaceAll('/', '--')}`)
}

/** The commit of a model that the cache has, `null` where it has none. */
export async function revisionIn(folder: string): Promise<string | null> {
  return readFile(join(folder, 'refs/main'), 'utf8').catch(() => null)
}

/** A model of Hugging Face, where its cache has it, or will have it. */
export interface HubModel {
  readonly folder: string
  /** Which of its files is needed, where one of them is a model by itself. */
  readonly quantization?: string | undefined
}

/** Whether the cache has the model, and not a part of it that a download has left. */
export async function isComplete({ folder, quantization }: HubModel): Promise<boolean> {
  const revision = await revisionIn(folder)
  if (revision === null) return false
  const files = await filesIn(join(folder, 'snapshots', revision))
  const blobs = await filesIn(join(folder, 'blobs'))
  if (files === null || blobs?.some((name) => /\.(?:incomplete|downloadInProgress)$/.test(name))) {
    return false
  }
  return quantization === undefined || files.some((name) => isOf(quantization, name))
}

function filesIn(folder: string): Promise<string[] | null> {
  return readdir(folder, { recursive: true }).catch(() => null)
}

/** As llama.cpp finds it: upper and lower case are alike, and what projects images is no model. */
function isOf(quantization: string, file: string): boolean {
  const name = file.toLowerCase()
  const part = quantization.toLowerCase()
  if (!name.endsWith('.gguf') || name.includes('mmproj')) return false
  return [`${part}.`, `${part}-`].some((ended) => name.includes(ended))
}
