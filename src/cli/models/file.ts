import { existsSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type { AssayConfig } from '../../config/file/config.ts'
import { loadConfig } from '../../config/file/load.ts'
import { parseConfig } from '../../config/file/parse.ts'
import { AssayError, messageOf } from '../../model/error.ts'
import type { Env } from '../../provider/keys.ts'
import { writeAtomically } from '../../report/run-folder.ts'
import { NAMES } from '../plugin-options.ts'
import type { Project } from '../project.ts'
import { findModels, type ModelsText } from './models-text.ts'

/** An entry of the file's `models`. */
export interface FileEntry {
  /** As the entry says it. */
  readonly name: string
  readonly spec: string
  /** File, line and column. */
  readonly place: string
}

/** The configuration file of a project, with its list of models. */
export interface ModelsFile {
  readonly path: string
  /** As a person in the project's folder names it. */
  readonly shown: string
  /** What it holds, as bytes to put back; nothing where there is no file yet. */
  readonly text: string | undefined
  readonly config: AssayConfig | undefined
  readonly entries: readonly FileEntry[]
}

/** The file that runs of the project read, or where a new one would stand. @throws AssayError where none is read */
export function modelsFile({ root, settings, given }: Project): ModelsFile {
  const { config } = settings
  if (config) return read(config, root)
  if (given.config === false) {
    throw wrong('evals() has `config: false`, so no run reads a configuration file; remove that.')
  }
  if (![...NAMES, 'package.json'].some((name) => existsSync(join(root, name)))) {
    throw wrong(
      `${root} has neither a Vitest config nor a package.json, so no run would read a configuration file here; go to the project's folder.`,
    )
  }
  const path = join(root, 'assay.config.yaml')
  return { path, shown: basename(path), text: undefined, config: undefined, entries: [] }
}

/** The list in the file's text, for edits. @throws AssayError where it is written in a way that is left to people */
export function editable({ text = '', shown, entries }: ModelsFile): ModelsText {
  const found = findModels(text)
  if (found) return found
  throw wrong(
    `${entries[0]?.place ?? shown}: \`models\` is no list of its own here (an alias, or what \`<<\` takes over); edit it by hand.`,
  )
}

/**
 * Writes the file as a whole or not at all. One that does not load afterwards is put back as it was, unless
 * `isForced`. Returns what is wrong with it then.
 */
export async function save(
  { path, text: before }: ModelsFile,
  text: string,
  { env, isForced = false }: { readonly env: Env; readonly isForced?: boolean },
): Promise<string | undefined> {
  await write(path, text)
  try {
    loadConfig(path, { env })
    return undefined
  } catch (error) {
    if (isForced) return messageOf(error)
    if (before === undefined) rmSync(path)
    else await write(path, before)
    throw wrong(`Nothing was changed: with it there would be an error. ${messageOf(error)}`)
  }
}

/** A link stays one, and the file's mode is kept. */
async function write(path: string, text: string): Promise<void> {
  const isThere = existsSync(path)
  const target = isThere ? realpathSync(path) : path
  const mode = isThere ? statSync(target).mode : undefined
  await writeAtomically(target, text)
  if (mode !== undefined) await chmod(target, mode)
}

function read(config: AssayConfig, root: string): ModelsFile {
  const { path } = config
  const text = readFileSync(path, 'utf8')
  return { path, shown: shownPath(path, root), text, config, entries: entriesIn(config, text) }
}

/** The models of a file by name and spec, in its order. */
export function entriesIn(
  { path, models: specs = [] }: AssayConfig,
  text: string = readFileSync(path, 'utf8'),
): readonly FileEntry[] {
  const { value, placeOf } = parseConfig(text, path)
  const { models } = (value ?? {}) as { readonly models?: readonly unknown[] | null }
  return (models ?? []).map((one, index) => {
    const spec = specs[index]!
    const { name } = typeof one === 'object' ? (one as { readonly name?: unknown }) : { name: one }
    return { name: typeof name === 'string' ? name : spec, spec, place: placeOf(['models', index]) }
  })
}

/** Short inside the project's folder, whole elsewhere. */
function shownPath(path: string, root: string): string {
  const near = relative(root, path)
  return near.startsWith(`..${sep}`) ? path : near
}

function wrong(message: string): AssayError {
  return new AssayError(message, { kind: 'config' })
}
