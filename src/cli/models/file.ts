import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import type { AssayConfig } from '../../config/file/config.ts'
import { configIn } from '../../config/file/load.ts'
import { parseConfig } from '../../config/file/parse.ts'
import { AssayError } from '../../model/error.ts'
import type { Env } from '../../provider/keys.ts'
import { NAMES } from '../plugin-options.ts'
import type { Project } from '../project.ts'
import { findModels, type ModelsText } from './models-text.ts'
import { wrong } from './wrong.ts'

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
  /** What it holds; nothing where there is no file yet. */
  readonly text: string | undefined
  readonly config: AssayConfig | undefined
  readonly entries: readonly FileEntry[]
}

/** The file that runs of the project read, or where a new one would stand. @throws AssayError where none is read */
export function modelsFile({ root, env, settings, given }: Project): ModelsFile {
  if (settings.config) return read(settings.config.path, { root, env })
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
export function editable({ path, text = '', shown, entries }: ModelsFile): ModelsText {
  const found = findModels(text.trim() === '' && path.endsWith('.json') ? '{}\n' : text)
  if (found) return found
  throw wrong(
    `${entries[0]?.place ?? shown}: \`models\` is no list of its own here (an alias, or what \`<<\` takes over); edit it by hand.`,
  )
}

/** What the file would say with another text. @throws AssayError where it would not load */
export function checked({ path }: ModelsFile, text: string, env: Env): AssayConfig {
  try {
    return configIn(text, path, { env })
  } catch (error) {
    if (!AssayError.is(error)) throw error
    throw wrong(`Nothing was changed: with it there would be an error. ${error.message}`, error)
  }
}

/**
 * Writes the file as a whole or not at all; a link stays one, and the file's mode is kept. Of two that write at the
 * same time one is refused: the draft is a lock too. @throws AssayError where the file is not as it was read
 */
export function save({ path, shown, text: before }: ModelsFile, text: string): void {
  const isThere = existsSync(path)
  const target = isThere ? realpathSync(path) : path
  const mode = isThere ? statSync(target).mode : undefined
  if (mode !== undefined && (mode & WRITABLE) === 0) {
    throw wrong(`${shown} is read-only; nothing was changed.`)
  }
  const draft = `${target}.tmp`
  begin(draft, text)
  try {
    const now = existsSync(target) ? readFileSync(target, 'utf8') : undefined
    if (now !== before) throw busy(`${shown} was changed by somebody else at the same time`)
    if (mode !== undefined) chmodSync(draft, mode)
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** For anybody at all. */
const WRITABLE = 0o222

function begin(draft: string, text: string): void {
  try {
    writeFileSync(draft, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw busy(
      `Another command is writing ${draft}, or was ended on the way; remove it if it stays there`,
    )
  }
}

function busy(problem: string): AssayError {
  return new AssayError(`${problem}; nothing was changed: try again.`, { kind: 'internal' })
}

/** Reads the file anew: it may have changed since the project was opened, while a person was asked. */
function read(path: string, { root, env }: Pick<Project, 'root' | 'env'>): ModelsFile {
  const text = readFileSync(path, 'utf8')
  const config = configIn(text, path, { env })
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
