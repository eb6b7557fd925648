import { dirname } from 'node:path'
import type { Command } from 'commander'
import { canonical } from '../../config/aliases.ts'
import { layerOf } from '../../config/file/config.ts'
import { providerOf } from '../../config/file/module-entry.ts'
import type { ConfigEntry } from '../../config/file/schema.ts'
import { AssayError, messageOf } from '../../model/error.ts'
import { explainOf } from '../../provider/explain.ts'
import type { Providers } from '../../provider/providers.ts'
import { describeName } from '../../provider/spec.ts'
import { printLines } from '../output.ts'
import { bindAll, openProject, type Project } from '../project.ts'
import { type AddFlags, entryOf, isWhole, type NewEntry, requireName } from './entry.ts'
import { checked, editable, entriesIn, modelsFile, save } from './file.ts'
import { wrong } from './wrong.ts'

/** `assay models add`: with flags, or with questions where a person can be asked. */
export async function addModel(
  name: string | undefined,
  flags: AddFlags,
  command: Command,
): Promise<void> {
  const project = await openProject()
  if (isWhole(name, flags)) {
    printLines(...(await addEntry(name, flags, project)))
    return
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw incomplete(name, command)
  try {
    const { ask } = await import('./ask.ts')
    const answers = await ask(name, flags, { project, providers: (await bindAll(project)).names })
    printLines(...(await addEntry(answers.name, answers.flags, project)))
  } catch (error) {
    if (!AssayError.is(error) || error.kind !== 'cancelled') throw error
    process.exitCode = INTERRUPTED
  }
}

/** As a shell says it of Ctrl-C. */
const INTERRUPTED = 130

/** Writes the entry that flags describe, and returns what to say of it. @throws AssayError `config`, with nothing written */
export async function addEntry(
  name: string,
  flags: AddFlags,
  project: Project,
): Promise<readonly string[]> {
  requireName(name)
  const file = modelsFile(project)
  const entry = entryOf(name, flags, { root: project.root, folder: dirname(file.path) })
  const spec = specOfEntry(entry)
  const { aliases, env, settings } = project
  const same = file.entries.findIndex(
    (one) => one.name === name || canonical(one.spec, aliases) === canonical(spec, aliases),
  )
  const existing = file.entries[same]
  if (existing && !flags.force) {
    throw wrong(
      `${existing.place}: there is a model "${existing.name}" already (${existing.spec}); give --force to replace it.`,
    )
  }
  const list = editable(file)
  const text = existing ? list.replace(same, entry) : list.add(entry)
  const config = checked(file, text, env)
  const models = { ...settings.models, file: layerOf(config), names: config.names }
  const found = (await bindAll({ ...project, settings: { ...settings, models } })).find(spec)
  save(file, text)
  const added = entriesIn(config, text).find((one) => one.name === name)!
  const unset = missing(flags, env)
  return [
    `${existing ? 'Replaced' : 'Added'} ${added.name === added.spec ? name : `${name} (${added.spec})`} in ${added.place}.`,
    ...(unset.length > 0 ? unset : await problemsOf(found)),
  ]
}

/** What keeps it from being set up, as far as its options show. */
async function problemsOf({
  provider,
  modelName,
}: ReturnType<Providers['find']>): Promise<readonly string[]> {
  try {
    await explainOf(provider)?.(modelName)
    return []
  } catch (error) {
    return [`It cannot be set up like this: ${messageOf(error)}`]
  }
}

/** Variables that have no value yet. */
function missing(
  { paramEnv = [], configEnv = [] }: AddFlags,
  env: Project['env'],
): readonly string[] {
  const names = [...paramEnv, ...configEnv].map((one) => one.slice(one.indexOf('=') + 1))
  const unset = [...new Set(names)].filter((one) => !env[one])
  return unset.map((one) => `${one} is not set yet: it belongs into the environment, or into .env.`)
}

function specOfEntry(entry: NewEntry): string {
  if (typeof entry === 'string') return entry
  const { name } = entry as unknown as ConfigEntry
  const provider = providerOf(entry as unknown as ConfigEntry)
  return provider === undefined ? name : `${provider}/${name}`
}

function incomplete(name: string | undefined, command: Command): AssayError {
  const problem =
    name === undefined
      ? 'Which model is missing, and nobody can be asked without a terminal.'
      : `${describeName(name)} Or give --provider or --module.`
  return wrong(`${problem}\n\n${command.helpInformation()}`.trimEnd())
}
