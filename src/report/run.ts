import { join, resolve } from 'node:path'
import { type Broker, startBroker } from '../broker/broker.ts'
import type { EvalDefaults, RunSettings, RunSwitches } from '../evaluation/settings.ts'
import { createManifest, type Manifest } from './manifest.ts'
import { createRunFolder, createRunId, writeAtomically } from './run-folder.ts'

export interface RunInput {
  /** Folder of the project. */
  readonly root: string
  /** Folder of the runs, relative to the project. */
  readonly outputDir: string
  /** Folder of the config file, where the relative paths in it start. */
  readonly configDir: string
  readonly vitestVersion: string
  readonly switches: RunSwitches
  readonly defaults: EvalDefaults
  /** Absolute paths of the eval files. */
  readonly files: readonly string[]
}

/** A run as the main process holds it: a folder on disk and a broker that the workers talk to. */
export interface Run {
  readonly id: string
  readonly folder: string
  readonly startedAt: Date
  readonly manifest: Manifest
  readonly broker: Broker
  /** What the workers are told. */
  readonly settings: RunSettings
}

/** Opens a run. Its manifest is on disk before any row is asked. */
export async function startRun(input: RunInput): Promise<Run> {
  const { root, outputDir, configDir, switches, defaults } = input
  const startedAt = new Date()
  const id = createRunId(startedAt)
  const folder = await createRunFolder(resolve(root, outputDir), id)
  const manifest = await createManifest({ ...input, runId: id, startedAt })
  await writeManifest(folder, manifest)
  const broker = await startBroker()
  const settings: RunSettings = {
    version: 1,
    runId: id,
    runDir: folder,
    broker: broker.address,
    root: configDir,
    switches,
    defaults,
  }
  return { id, folder, startedAt, manifest, broker, settings }
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  await writeAtomically(join(folder, 'run.json'), text)
}
