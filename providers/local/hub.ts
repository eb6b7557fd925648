import { readdir, readFile, stat } from 'node:fs/promises'
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

/** Whether the cache has the model, and not a part of it that a download has left. */
export async function isComplete(folder: string): Promise<boolean> {
  const revision = await revisionIn(folder)
  if (revision === null) return false
  const snapshot = await stat(join(folder, 'snapshots', revision)).catch(() => null)
  const blobs = await readdir(join(folder, 'blobs')).catch(() => [])
  return snapshot !== null && !blobs.some((name) => name.endsWith('.incomplete'))
}
