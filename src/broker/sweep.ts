import { once } from 'node:events'
import { readdir, rmdir, stat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'

const LIKE_OURS = /^assay-[A-Za-z0-9]{6}$/

/**
 * Removes the folders of brokers whose main process was killed: nobody listens at their sockets. Nothing
 * else of a folder is touched, and one that was changed less than `olderThanMs` ago may still get its broker.
 */
export async function sweepAddresses(temporary: string, olderThanMs: number): Promise<void> {
  const names = await readdir(temporary).catch(() => [])
  const folders = names.filter((name) => LIKE_OURS.test(name)).map((name) => join(temporary, name))
  await Promise.all(folders.map((folder) => sweep(folder, olderThanMs).catch(() => {})))
}

async function sweep(folder: string, olderThanMs: number): Promise<void> {
  const { mtimeMs } = await stat(folder)
  const socket = join(folder, 'broker.sock')
  if (Date.now() - mtimeMs < olderThanMs || !(await isDeserted(socket))) return
  await unlink(socket)
  await rmdir(folder) // and not what somebody else may have put there
}

async function isDeserted(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}
