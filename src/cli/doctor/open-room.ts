import { join } from 'node:path'
import { createDesk } from '../../broker/desk.ts'
import type { ModelProvider } from '../../provider/provider.ts'
import { createSeam, type Seam } from '../../request/seam.ts'
import { createLazyPool } from '../../server/lazy-pool.ts'
import { bindFor, type Project } from '../project.ts'
import type { Room } from './subject.ts'

export interface RoomOptions extends Pick<Room, 'offline' | 'conformance' | 'timeout'> {
  readonly project: Pick<Project, 'root' | 'env' | 'settings' | 'named'>
  readonly providers: readonly ModelProvider[]
  /** Gets what a person should know. */
  readonly notice: (line: string) => void
}

export interface OpenRoom extends Room {
  /** Tears all models down, and ends the servers that were started for them. */
  close(): Promise<void>
}

export function openRoom({ project, providers, notice, ...options }: RoomOptions): OpenRoom {
  const { root, env, named, settings } = project
  const { maxServers, requests, outputDir = '.assay' } = settings.options
  const bind: Room['bind'] = (surroundings) => bindFor(project, providers, surroundings)
  const desk = createDesk()
  const pool = createLazyPool({ maxServers, logDir: join(root, outputDir, 'servers'), notice })
  const seam = createSeam({ desk, ...(requests && { settings: requests }) })
  const live = bind({ seam: once(seam, options.timeout), leases: pool })
  return {
    ...options,
    bind,
    live,
    env,
    named,
    async close() {
      try {
        await live.teardownAll()
      } finally {
        desk.close()
        await pool.close()
      }
    },
  }
}

/** A seam whose requests are sent once, have so much time, and are never answered from a cache. */
function once(seam: Seam, timeout: number): Seam {
  const settings = {
    attempts: 1,
    timeout,
    firstTokenTimeout: timeout,
    stallTimeout: timeout,
    deadline: timeout,
    cache: 'off',
  } as const
  return (endpoint) => seam({ ...endpoint, settings: { ...endpoint.settings, ...settings } })
}
