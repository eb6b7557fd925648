import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepAddresses } from './sweep.ts'

export interface BrokerAddress {
  /** What `net.connect` takes. */
  readonly path: string
  /** Folder to remove at the end; none for a named pipe. */
  readonly folder: string | null
}

/** A folder has its socket, and the socket its listener, long before. */
const SECOND = 1000

/**
 * A fresh address that only this user reaches: a socket in a private folder of the temporary one (its path
 * must stay below 104 bytes, so not in the project), or a named pipe on Windows. Folders that killed runs
 * have left are removed.
 */
export async function createAddress(
  platform: NodeJS.Platform = process.platform,
): Promise<BrokerAddress> {
  if (platform === 'win32') {
    return { path: `\\\\.\\pipe\\assay-${randomBytes(8).toString('hex')}`, folder: null }
  }
  const temporary = tmpdir()
  const [folder] = await Promise.all([
    mkdtemp(join(temporary, 'assay-')), // with mode 0700
    sweepAddresses(temporary, SECOND),
  ])
  return { path: join(folder, 'broker.sock'), folder }
}
