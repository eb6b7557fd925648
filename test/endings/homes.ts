import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install, pack } from '../packed/install.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Folders with a Vitest and the packed package in their `node_modules`, by Vitest's version. Kept for the next
 * time, and made anew when the build is another one.
 */
export async function prepareHomes(vitests: readonly string[]): Promise<Map<string, string>> {
  const build = await buildHash()
  const homes = vitests.map((vitest) => [vitest, join(root, '.tmp/endings', vitest)] as const)
  const missing: (readonly [string, string])[] = []
  for (const [vitest, home] of homes) {
    const is = existsSync(stamp(home)) && (await readFile(stamp(home), 'utf8')) === build
    if (!is) missing.push([vitest, home])
  }
  if (missing.length > 0) await fill(missing, build)
  return new Map(homes)
}

async function fill(homes: readonly (readonly [string, string])[], build: string): Promise<void> {
  const packed = await mkdtemp(join(tmpdir(), 'vitest-assay-packed-'))
  try {
    const tarball = await pack(packed)
    await Promise.all(
      homes.map(async ([vitest, home]) => {
        await rm(home, { recursive: true, force: true })
        await mkdir(home, { recursive: true })
        await writeFile(join(home, 'package.json'), '{ "private": true, "type": "module" }')
        const { exitCode, all } = await install(home, [tarball, `vitest@${vitest}`, 'openai@7'])
        if (exitCode !== 0) throw new Error(`vitest ${vitest} cannot be installed:\n${all}`)
        await writeFile(stamp(home), build)
      }),
    )
  } finally {
    await rm(packed, { recursive: true, force: true })
  }
}

function stamp(home: string): string {
  return join(home, 'build')
}

async function buildHash(): Promise<string> {
  const files = await Array.fromAsync(glob(['package.json', 'dist/*'], { cwd: root }))
  const hash = createHash('sha256')
  for (const file of files.toSorted()) hash.update(file).update(await readFile(join(root, file)))
  return hash.digest('hex')
}
