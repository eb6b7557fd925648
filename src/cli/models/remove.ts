import { canonical } from '../../config/aliases.ts'
import { AssayError, messageOf } from '../../model/error.ts'
import { quoted } from '../../model/may-be-secret.ts'
import { byNearness, meantBy } from '../../model/nearest.ts'
import { printLines } from '../output.ts'
import { openProject, type Project } from '../project.ts'
import { checked, editable, type FileEntry, type ModelsFile, modelsFile, save } from './file.ts'
import { wrong } from './wrong.ts'

export interface RemoveFlags {
  readonly force?: true
}

/** `assay models remove`. */
export async function removeModel(name: string, flags: RemoveFlags): Promise<void> {
  printLines(...(await removeEntry(name, flags, await openProject())))
}

/** Removes an entry from the file, and returns what to say of it. @throws AssayError `config`, with nothing changed */
export async function removeEntry(
  name: string,
  { force: isForced }: RemoveFlags,
  project: Project,
): Promise<readonly string[]> {
  const file = modelsFile(project)
  const { aliases, env } = project
  const isSame: IsSame = (one, other) => canonical(one, aliases) === canonical(other, aliases)
  const entry = find(name, file, isSame)
  if (!isForced) requireUnused(entry, file, isSame)
  const text = editable(file).remove(file.entries.indexOf(entry))
  const broken = problemOf(() => checked(file, text, env))
  if (broken !== undefined && !isForced) throw broken
  save(file, text)
  return [
    `Removed ${entry.name} from ${file.shown}.`,
    ...(broken === undefined ? [] : [`The file has an error now: ${messageOf(broken.cause)}`]),
  ]
}

/** Whether two specs name one model, whose provider may have several names. */
type IsSame = (spec: string, other: string) => boolean

function problemOf(check: () => unknown): AssayError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (AssayError.is(error)) return error
    throw error
  }
}

function find(name: string, { entries, shown }: ModelsFile, isSame: IsSame): FileEntry {
  const exact = entries.filter((one) => isSame(one.spec, name))
  const found = exact.length > 0 ? exact : entries.filter((one) => one.name === name)
  const [entry, other] = found
  if (entry && !other) return entry
  if (entry) {
    const all = found.map(({ spec, place }) => `${spec} (${place})`).join(' and ')
    throw wrong(`"${name}" could be ${all}; give it as provider/model-name.`)
  }
  const names = [...new Set(entries.flatMap((one) => [one.name, one.spec]))]
  const meant = meantBy(name, names)
  const hint =
    meant !== undefined
      ? `; did you mean "${meant}"?`
      : names.length > 0
        ? `; there are ${byNearness(name, names).join(', ')}.`
        : ', and no other.'
  throw wrong(`${shown} has no model ${quoted(name)} in \`models\`${hint}`)
}

const roles = { model: 'response_model', judge: 'judge_model', fixer: 'fixer_model' } as const

function requireUnused({ name, spec }: FileEntry, { config }: ModelsFile, isSame: IsSame): void {
  for (const [role, section] of Object.entries(roles)) {
    const used = config?.[role as keyof typeof roles]
    if (used === undefined || !isSame(used, spec)) continue
    throw wrong(
      `${config!.places[role]}: "${name}" is the \`${section}\` too; name another there, or give --force.`,
    )
  }
}
