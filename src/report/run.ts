import { join } from 'node:path'
import { type Broker, startBroker } from '../broker/broker.ts'
import { openKeyFile } from '../broker/key-file.ts'
import { messageOf } from '../model/error.ts'
import type { ProjectModels } from '../provider/options/model-settings.ts'
import type { EvalDefaults, RunSettings, RunSwitches } from '../evaluation/settings.ts'
import { createManifest, type Manifest } from './manifest.ts'
import type { RunRequests } from './run-requests.ts'
import { createRunFolder, createRunId, writeAtomically } from './run-folder.ts'

export interface RunInput {
  /** Folder of the project. */
  readonly root: string
  /** Folder of the runs. */
  readonly outputDir: string
  /** Folder of the config file, where the relative paths in it start. */
  readonly configDir: string
  readonly vitestVersion: string
  readonly switches: RunSwitches
  readonly defaults: EvalDefaults
  readonly requests: RunRequests
  readonly models: ProjectModels
  readonly providers: RunSettings['providers']
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
  /** Keeps what was learned of the keys, and ends the broker and the local servers. */
  close(): Promise<void>
}

/** Opens a run. Its manifest is on disk before any row is asked. */
export async function startRun(input: RunInput, notice: (line: string) => void): Promise<Run> {
  const { outputDir, configDir, switches, defaults, requests, models, providers } = input
  const startedAt = new Date()
  const id = createRunId(startedAt)
  const folder = await createRunFolder(outputDir, id)
  const manifest = await createManifest({ ...input, runId: id, startedAt })
  await writeManifest(folder, manifest)
  const { permits, budget, rememberKeys, plan, maxServers, ...limits } = requests
  const keys = await openKeyFile(rememberKeys ? join(outputDir, 'keys.json') : null)
  const broker = await startBroker({
    ...limits,
    concurrency: permits,
    keyState: keys.state,
    servers: { maxServers, logDir: join(folder, 'servers') },
    notice,
    ...(budget && { budget }),
  })
  const settings: RunSettings = {
    version: 1,
    runId: id,
    runDir: folder,
    broker: broker.address,
    root: configDir,
    switches,
    defaults,
    permits,
    hasBudget: budget !== undefined,
    requests: { ...plan, keySalt: keys.salt },
    models,
    providers,
  }
  return {
    id,
    folder,
    startedAt,
    manifest,
    broker,
    settings,
    async close() {
      try {
        await keys.save(broker.desk.keyState())
      } catch (error) {
        notice(`What was learned of the keys could not be kept: ${messageOf(error)}`)
      } finally {
        await broker.close()
      }
    },
  }
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  await writeAtomically(join(folder, 'run.json'), text)
}
