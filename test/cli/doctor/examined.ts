import { expect, onTestFinished } from 'vitest'
import { builtIn } from '../../../providers/built-in.ts'
import { examine } from '../../../src/cli/doctor/examine.ts'
import { openRoom, type RoomOptions } from '../../../src/cli/doctor/open-room.ts'
import { type CheckResult, exitCodeOf, type ModelReport } from '../../../src/cli/doctor/report.ts'
import { aliasesOf } from '../../../src/config/aliases.ts'
import { projectSettings } from '../../../src/config/project-settings.ts'
import type { ModelProvider } from '../../../src/provider/provider.ts'
import { createFolder, type Files } from '../../plugin/folder.ts'

/** The length of OpenAI's keys. */
export const KEY: string = `sk-${'0123456789abcdef'.repeat(3)}`
export const WRONG = 'sk-wrong-0123456789abcdef'

export interface Place extends Partial<Pick<RoomOptions, 'offline' | 'conformance' | 'timeout'>> {
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Files
  /** Beside the built-in ones. */
  readonly providers?: readonly ModelProvider[]
}

export interface Examined extends ModelReport {
  readonly exitCode: number
}

/** What the doctor finds out about a model in a folder of its own. */
export async function examined(
  spec: string,
  { env = {}, files = {}, providers = [], ...options }: Place = {},
): Promise<Examined> {
  const folder = await createFolder(files)
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const place = { root: folder.path, env }
  const settings = projectSettings({}, { ...place, aliases: aliasesOf(builtIn) })
  const room = openRoom({
    offline: false,
    conformance: false,
    timeout: 20_000,
    ...options,
    project: { ...place, settings, named: (source) => source },
    providers: [...builtIn, ...providers],
    notice: () => {},
  })
  try {
    const report = await examine({ spec, role: 'model' }, room)
    for (const secret of [KEY, WRONG]) expect(JSON.stringify(report)).not.toContain(secret)
    return { ...report, exitCode: exitCodeOf([report]) }
  } finally {
    await room.close()
  }
}

/** Each check with how it ended. */
export function statusesOf({ checks }: ModelReport): Readonly<Record<string, string>> {
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]))
}

/** The last check, which is the one that failed where one did. */
export function lastOf({ checks }: ModelReport): CheckResult {
  return checks.at(-1)!
}

/** What a check says. */
export function saidOf({ checks }: ModelReport, name: string): string | undefined {
  return checks.find((check) => check.name === name)?.message
}
