import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KeyState } from './desk/key-memory.ts'

/** What is known of keys from run to run. They stand in it by ids that say nothing without the salt. */
export interface KeyFile {
  /** Makes the ids of keys. */
  readonly salt: string
  /** `undefined` where nothing is known. */
  readonly state: KeyState | undefined
  save(state: KeyState): Promise<void>
}

interface Content {
  readonly version: 1
  readonly salt: string
  readonly keys?: KeyState | undefined
}

/** Opens the file of the keys; without a path a run begins with nothing and leaves nothing. */
export async function openKeyFile(path: string | null): Promise<KeyFile> {
  if (path === null) return { salt: newSalt(), state: undefined, save: async () => {} }
  const content = (await read(path)) ?? { version: 1, salt: newSalt() }
  const { salt, keys } = content
  await write(path, content) // a second run that starts now finds the same salt
  return {
    salt,
    state: keys,
    async save(state) {
      const other = await read(path) // another run may have ended meanwhile
      await write(path, {
        ...content,
        keys: merge(other?.salt === salt ? other.keys : undefined, state),
      })
    },
  }
}

function newSalt(): string {
  return randomBytes(16).toString('hex')
}

/** A file that cannot be read is begun anew: what it knew is a convenience. */
async function read(path: string): Promise<Content | undefined> {
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as Partial<Content>
    return content.version === 1 && content.salt ? (content as Content) : undefined
  } catch {
    return undefined
  }
}

async function write(path: string, content: Content): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  await rename(draft, path)
}

/** Both runs' keys; of a key that both used, what the later one to end says. */
function merge(other: KeyState | undefined, own: KeyState): KeyState {
  if (!other) return own
  const names = new Set([...Object.keys(other.providers), ...Object.keys(own.providers)])
  const providers = [...names].map((name) => [
    name,
    { ...other.providers[name], ...own.providers[name] },
  ])
  return { ...own, providers: Object.fromEntries(providers) as KeyState['providers'] }
}
