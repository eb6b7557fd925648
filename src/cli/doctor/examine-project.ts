import { printJson, printLines } from '../output.ts'
import { openProject, providersOf } from '../project.ts'
import { viewOf } from '../server-table.ts'
import { examine } from './examine.ts'
import { openRoom } from './open-room.ts'
import { projectModels } from './project-models.ts'
import { renderCheck } from './render.ts'
import { type CheckResult, exitCodeOf, type ModelReport } from './report.ts'
import type { AskedModel } from './subject.ts'

export interface DoctorOptions {
  readonly offline?: boolean
  readonly conformance?: boolean
  /** In seconds. */
  readonly timeout: number
  readonly config?: string
  readonly json?: boolean
}

/** Examines models of the current folder, prints what was found, and sets the exit code. */
export async function examineProject(
  specs: readonly string[],
  { offline = false, conformance = false, timeout, config, json = false }: DoctorOptions,
): Promise<void> {
  const project = await openProject(config)
  const asked: readonly AskedModel[] =
    specs.length > 0
      ? [...new Set(specs)].map((spec) => ({ spec, role: 'model' }))
      : projectModels(project)
  const room = openRoom({
    project,
    providers: await providersOf(project),
    offline,
    conformance,
    timeout: timeout * 1000,
    notice: (line) => void process.stderr.write(`${line}\n`),
  })
  const models: ModelReport[] = []
  try {
    for (const [index, one] of asked.entries()) {
      if (!json) printLines(...(index > 0 ? [''] : []), one.spec)
      models.push(await examine(one, room, json ? undefined : print))
    }
  } finally {
    await room.close()
  }
  if (json) printJson({ models })
  process.exitCode = exitCodeOf(models)
}

function print(check: CheckResult): void {
  printLines(...renderCheck(check, viewOf(process.stdout)))
}
