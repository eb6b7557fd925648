import { AssayError } from '../../model/error.ts'
import { quoted } from '../../model/may-be-secret.ts'
import { byNearness, meantBy } from '../../model/nearest.ts'
import { printLines } from '../output.ts'
import { openProject, type Project } from '../project.ts'
import { editable, type FileEntry, type ModelsFile, modelsFile, save } from './file.ts'

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
  const entry = find(name, file)
  if (!isForced) requireUnused(entry, file)
  const text = editable(file).remove(file.entries.indexOf(entry))
  const { env } = project
  const broken = await save(file, text, { env, isForced: isForced === true })
  return [
    `Removed ${entry.name} from ${file.shown}.`,
    ...(broken === undefined ? [] : [`The file has an error now: ${broken}`]),
  ]
}

function find(name: string, { entries, shown }: ModelsFile): FileEntry {
  const exact = entries.filter((one) => one.spec === name)
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

function requireUnused({ name, spec }: FileEntry, { config }: ModelsFile): void {
  for (const [role, section] of Object.entries(roles)) {
    if (config?.[role as keyof typeof roles] !== spec) continue
    throw wrong(
      `${config.places[role]}: "${name}" is the \`${section}\` too; name another there, or give --force.`,
    )
  }
}

function wrong(message: string): AssayError {
  return new AssayError(message, { kind: 'config' })
}
