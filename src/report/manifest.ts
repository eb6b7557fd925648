import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import type { EvalDefaults, RunSwitches } from '../evaluation/settings.ts'
import type { RunRequests } from './run-requests.ts'

/** `run.json`: what ran, with what, from which sources. */
export interface Manifest {
  readonly version: 1
  readonly runId: string
  readonly startedAt: string
  readonly versions: { readonly assay: string; readonly vitest: string; readonly node: string }
  /** `null` outside of a git checkout, or without git. */
  readonly git: { readonly commit: string; readonly dirty: boolean } | null
  readonly switches: RunSwitches
  readonly defaults: EvalDefaults
  /** What held for requests, without what may be secret. */
  readonly requests: object
  /** SHA-256 of each eval file, by its path from the root. */
  readonly files: Readonly<Record<string, string>>
  /** Added at the end of the run: the evals with their models and the hash of their rows' ids. */
  readonly evals?: readonly {
    readonly id: string
    readonly model: string | null
    readonly options: Readonly<Record<string, unknown>>
    readonly datasetHash: string
  }[]
}

export interface ManifestInput {
  readonly runId: string
  readonly startedAt: Date
  readonly vitestVersion: string
  readonly root: string
  readonly switches: RunSwitches
  readonly defaults: EvalDefaults
  readonly requests: RunRequests
  /** Absolute paths of the eval files. */
  readonly files: readonly string[]
}

export async function createManifest(input: ManifestInput): Promise<Manifest> {
  const { runId, startedAt, vitestVersion, root, switches, defaults } = input
  const [git, assay, files] = await Promise.all([
    gitState(root),
    ownVersion(),
    Promise.all(input.files.map(async (file) => [relative(root, file), await hashOf(file)])),
  ])
  return {
    version: 1,
    runId,
    startedAt: startedAt.toISOString(),
    versions: { assay, vitest: vitestVersion, node: process.versions.node },
    git,
    switches,
    defaults,
    requests: shown(input.requests),
    files: Object.fromEntries(files) as Record<string, string>,
  }
}

/** The URL of a cache may hold a password. */
function shown({ plan, ...rest }: RunRequests): object {
  const { cache, ...others } = plan
  return { ...rest, ...others, cache: { ...cache, url: undefined } }
}

async function gitState(cwd: string): Promise<Manifest['git']> {
  try {
    const { execa } = await import('execa') // a plain `vitest` has no use for it
    const git = async (...args: string[]) => (await execa('git', args, { cwd })).stdout
    const [commit, changes] = await Promise.all([
      git('rev-parse', 'HEAD'),
      git('status', '--porcelain'),
    ])
    return { commit, dirty: changes !== '' }
  } catch {
    return null
  }
}

async function ownVersion(): Promise<string> {
  for (const path of ['../package.json', '../../package.json']) {
    const text = await readFile(new URL(path, import.meta.url), 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version
  }
  return 'unknown'
}

async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}
