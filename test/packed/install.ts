import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The versions of Vitest that the packed package is tried beside. */
export const vitests = ['4.1.12', '5.1.1'] as const

/** The example of a package with a provider. */
export const acmeProvider: string = join(root, 'test/packages/acme-provider')

/** Packs a package, this one or another, as it would be published. Returns the file, in `folder`. */
export async function pack(folder: string, cwd: string = root): Promise<string> {
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd })
  const [packed] = JSON.parse(stdout) as { filename: string }[]
  return join(folder, packed!.filename)
}

/** Installs packages into a project, from the npm registry. Does not reject where that fails. */
export async function install(
  cwd: string,
  packages: readonly string[],
): Promise<{ readonly exitCode: number | undefined; readonly all: string }> {
  const { exitCode, all } = await execa(
    'npm',
    ['install', '-D', '--no-audit', '--no-fund', ...packages],
    {
      cwd,
      reject: false,
      all: true,
      preferLocal: false,
    },
  )
  return { exitCode, all }
}
