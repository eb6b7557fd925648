import { join, resolve } from 'node:path'
import { AssayError } from '../../model/error.ts'
import {
  type CacheOptions,
  type CacheSetting,
  expectedUrl,
  isRedisUrl,
  parseCache,
} from './options.ts'

export interface CachePlace {
  /** Folder of the runs' files, in which the file of sqlite lies. */
  readonly outputDir: string
  /** Folder that a relative path starts from. */
  readonly baseDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A setting with its file or its server in full, as other processes can use it. */
export function placeCache(
  setting: CacheSetting,
  { outputDir, baseDir, env }: CachePlace,
): CacheOptions {
  const { store, mode, path, url } = parseCache(setting)
  const options = typeof setting === 'object' ? setting : { store, mode }
  if (store === 'sqlite') {
    const file =
      path === undefined ? join(outputDir, 'cache', 'responses.sqlite') : resolve(baseDir, path)
    return { ...options, path: file }
  }
  const server = url ?? env['REDIS_URL']
  if (store !== 'redis' || !server) return options
  // it is not shown: it may hold a password
  if (!isRedisUrl(server)) throw new AssayError(`REDIS_URL: ${expectedUrl}.`, { kind: 'config' })
  return { ...options, url: server }
}
