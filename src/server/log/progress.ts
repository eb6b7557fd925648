import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readLogEnd } from './end.ts'
import { stageIn } from './landmarks.ts'
import { createMask } from './mask.ts'

export interface WatchOptions {
  /** For people, as `vllm/Qwen/Qwen3-4B`. */
  readonly name: string
  /** Path of its log. */
  readonly log: string
  /** Folder that grows while it downloads the model. */
  readonly downloads: string | null
  readonly notice: (line: string) => void
  /** Milliseconds from line to line. A start that is quicker says nothing. @default 5000 */
  readonly everyMs?: number
}

/** What a stage is taken from; progress bars of several processes are shorter. */
const LINES = 400
const LONGEST = 100

/** Says now and then what a server that is starting does. It keeps no process alive. */
export function watchStart({ name, log, downloads, notice, everyMs = 5000 }: WatchOptions): {
  stop(): void
} {
  const started = performance.now()
  const mask = createMask({ envs: [process.env] })
  let isOver = false
  let timer = schedule()
  let lastSize = sizeOf(downloads)
  const atFirst = lastSize

  function schedule(): NodeJS.Timeout {
    return setTimeout(() => void show(), everyMs).unref()
  }

  async function show(): Promise<void> {
    const doing = (await downloaded()) ?? (await readStage())
    if (isOver) return
    notice(`${name}: ${doing} · ${duration(performance.now() - started)}`)
    timer = schedule()
  }

  async function downloaded(): Promise<string | undefined> {
    const before = await lastSize
    lastSize = sizeOf(downloads)
    const size = await lastSize
    if (size <= before) return undefined
    return `downloading ${((size - (await atFirst)) / 1e9).toFixed(1)} GB`
  }

  async function readStage(): Promise<string> {
    const lines = await readLogEnd(log, LINES).catch(() => [])
    return stageIn(lines) ?? cut(mask(lines.at(-1) ?? 'starting'))
  }

  return {
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}

/** Bytes of all files in a folder; links to them do not count twice. */
async function sizeOf(folder: string | null): Promise<number> {
  if (folder === null) return 0
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      // a finished download is renamed
      const file = await stat(join(parentPath, name)).catch(() => undefined)
      return file?.size ?? 0
    })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function cut(line: string): string {
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
