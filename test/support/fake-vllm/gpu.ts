import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// A folder stands for the memory of the GPUs: `<folder>/<gpu>/<pid>.json` says what a process holds. A process
// that was killed leaves its file; what it says counts only while the process lives.

const UUID = 'GPU-00000000-0000-0000-0000-'

/** The name that `CUDA_VISIBLE_DEVICES` may have in place of the index. */
export function uuidOf(gpu: number): string {
  return UUID + String(gpu).padStart(12, '0')
}

/** Indices of the first `count` GPUs that a process may see. */
export function visibleGpus(count: number): number[] {
  const visible = process.env['CUDA_VISIBLE_DEVICES']
  if (visible === undefined) return Array.from({ length: count }, (_, gpu) => gpu)
  const ids = visible.split(',').filter((id) => id !== '')
  return ids.slice(0, count).map((id) => Number(id.replace(UUID, '')))
}

/** GiB that living processes hold. */
export function usedMemory(folder: string, gpu: number): number {
  const held = join(folder, String(gpu))
  if (!existsSync(held)) return 0
  return readdirSync(held)
    .filter((file) => isAlive(Number.parseInt(file, 10)))
    .map((file) => gibIn(join(held, file)))
    .reduce((sum, gib) => sum + gib, 0)
}

/** Holds memory while this process lives. */
export function holdMemory(folder: string, gpu: number, gib: number): void {
  const file = join(folder, String(gpu), `${process.pid}.json`)
  mkdirSync(join(folder, String(gpu)), { recursive: true })
  writeFileSync(file, JSON.stringify({ gib }))
  process.on('exit', () => rmSync(file, { force: true }))
}

/** It may be gone by now. */
function gibIn(file: string): number {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { gib: number }).gib
  } catch {
    return 0
  }
}

/** Whether a process runs: a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync('/proc')
  }
}
