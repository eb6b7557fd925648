import { chmod, lstat, mkdir, rm, rmdir } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AssayError, messageOf } from '../../model/error.ts'
import { controlPath, ownerName } from './owner.ts'

/** What a supervisor has on disk: its own folder in the one that all of this user share. */
export interface Place {
  /** The shared folder, with the leases of ports. */
  readonly state: string
  /** Name of this supervisor, as its leases have it. */
  readonly owner: string
  /** Its folder, with its socket and the records of its servers. */
  readonly folder: string
  /** Removes its folder, and the shared one if it was the last. */
  remove(): Promise<void>
}

const TRIES = 20
/** What a Unix socket's path may have, on macOS. */
const LONGEST_SOCKET = 103

/**
 * The folder that the supervisors of this user share, whether it is there or not. Not in XDG_RUNTIME_DIR: the
 * runs of a login would see neither the ports nor the servers of those of a timer or a container's shell.
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['TMPDIR'] || tmpdir(), `assay-servers-${process.getuid?.() ?? 'user'}`)
}

/** @throws AssayError of kind `setup` if the folder is not this user's alone, or its path is too long */
export async function openPlace(
  state: string = stateFolder(),
  owner: string = ownerName(),
): Promise<Place> {
  requireShort(controlPath(state, owner))
  const folder = join(state, owner)
  for (let left = TRIES; ; left--) {
    await openState(state)
    try {
      await mkdir(folder, { mode: 0o700 })
      break
    } catch (error) {
      if (codeOf(error) === 'EEXIST') break
      // the last supervisor before this one has just removed the shared folder
      if (codeOf(error) !== 'ENOENT' || left === 0) throw error
    }
  }
  return {
    state,
    owner,
    folder,
    async remove() {
      await rm(folder, { recursive: true, force: true })
      await removeIfEmpty(state)
    },
  }
}

/** Removes the shared folder if nobody has anything in it. */
export async function removeIfEmpty(state: string): Promise<void> {
  await rmdir(state).catch(() => {})
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** @throws AssayError of kind `setup` if it is there and not this user's */
export async function requireOwn(
  state: string,
  user: number | undefined = process.getuid?.(),
): Promise<void> {
  const stats = await lstat(state)
  const problem = problemOf(stats, user)
  if (problem) {
    throw new AssayError(
      `${state}, where the local model servers of this user are kept track of, ${problem}; remove it, or set TMPDIR to a folder that is yours alone.`,
      { kind: 'setup' },
    )
  }
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) await chmod(state, 0o700)
}

async function openState(state: string): Promise<void> {
  try {
    await mkdir(state, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw new AssayError(
        `The folder that keeps track of local model servers cannot be made: ${messageOf(error)}. Set TMPDIR to a folder that you can write to.`,
        { kind: 'setup', cause: error },
      )
    }
    await requireOwn(state).catch((reason: unknown) => {
      if (codeOf(reason) !== 'ENOENT') throw reason
    })
  }
}

function problemOf(stats: Stats, user: number | undefined): string | undefined {
  if (!stats.isDirectory()) return 'is not a folder'
  if (user !== undefined && stats.uid !== user) return `belongs to another user (${stats.uid})`
  return undefined
}

function requireShort(path: string): void {
  if (process.platform === 'win32' || Buffer.byteLength(path) <= LONGEST_SOCKET) return
  throw new AssayError(
    `The path of a socket may have ${LONGEST_SOCKET} bytes, and ${path} has ${Buffer.byteLength(path)}; set TMPDIR to a folder with a shorter path.`,
    { kind: 'setup' },
  )
}
