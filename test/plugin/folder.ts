import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Files by their path; what is no text and no link is written as JSON. */
export type Files = Readonly<Record<string, string | object>>

export interface Folder extends AsyncDisposable {
  readonly path: string
}

/** A folder with files, which is gone with the test. */
export async function createFolder(files: Files): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'vitest-assay-plugin-')))
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name)
    await mkdir(dirname(file), { recursive: true })
    if (content instanceof Link) await symlink(join(path, content.target), file)
    else await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A link to another path of the same folder. */
export class Link {
  readonly target: string

  constructor(target: string) {
    this.target = target
  }
}
