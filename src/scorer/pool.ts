import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Tinypool } from 'tinypool'

let pool: Tinypool | undefined

/**
 * The threads for scorers that would hold up the event loop, and so every lane. They start when first needed,
 * end when idle, and keep no process alive.
 */
export function scorerPool(): Tinypool {
  // the file comes with each task: one that does not load then fails its task, where here it would end the process
  pool ??= new Tinypool({
    minThreads: 0,
    maxThreads: Math.max(1, Math.min(2, availableParallelism() - 1)),
    idleTimeout: 10_000,
  })
  return pool
}

/** Where the pool finds a worker of this folder: a `.ts` file beside the sources, an `.mjs` file in the build. */
export function workerFile(name: string): URL {
  const extension = extname(new URL(import.meta.url).pathname)
  return new URL(`./${name}${extension}`, import.meta.url)
}
