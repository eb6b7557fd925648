import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { check } from './checks.ts'
import { pluginFiles } from './plugin-files.ts'

/** A package manager that finds packages in another way than npm does. */
interface Manager {
  readonly name: string
  /** What npx runs. */
  readonly command: readonly string[]
  readonly install: readonly string[]
  readonly files?: Readonly<Record<string, string>>
}

export const managers: readonly Manager[] = [
  {
    name: 'pnpm',
    command: ['pnpm@10'],
    install: ['install', '--store-dir', '.store'],
  },
  {
    name: 'Yarn PnP',
    command: ['-p', '@yarnpkg/cli-dist@4', 'yarn'],
    install: ['install'],
    files: {
      '.yarnrc.yml': [
        'nodeLinker: pnp',
        'enableGlobalCache: false',
        'enableImmutableInstalls: false',
        'enableTelemetry: false',
      ].join('\n'),
      'yarn.lock': '', // else the project would be part of one above it
    },
  },
]

/** Installs the packed package and the example of a provider, and uses them. */
export async function testUnder(
  { name, command, install, files = {} }: Manager,
  [assay, acme]: readonly [string, string],
  home: string,
): Promise<void> {
  const folder = join(home, command.at(-1)!)
  const devDependencies = {
    '@types/node': '24',
    'acme-provider': `file:${acme}`,
    typescript: '5.9.3', // the last that Yarn makes find packages without node_modules
    vite: '8',
    vitest: '5.1.1',
    'vitest-assay': `file:${assay}`,
  }
  const manifest = JSON.stringify({ private: true, type: 'module', devDependencies })
  await mkdir(folder)
  for (const [file, text] of Object.entries({
    ...pluginFiles,
    ...files,
    'package.json': manifest,
  })) {
    await writeFile(join(folder, file), text)
  }
  const env = { NO_COLOR: '1', AI_AGENT: '', VITEST: undefined, ...(await registry()) }
  const run = (...args: readonly string[]) =>
    execa('npx', ['--yes', ...command, ...args], {
      cwd: folder,
      reject: false,
      all: true,
      env,
      preferLocal: false,
    })

  const installed = await run(...install)
  check(`${name}: installs`, installed.exitCode === 0, installed.all)

  const evals = await run('exec', 'vitest', 'run', '--project', 'evals')
  check(
    `${name}: a package and a file bring providers`,
    evals.exitCode === 0 &&
      /acme\/small +2 /.test(evals.all) &&
      /own-lab\/small +2 /.test(evals.all),
    evals.all,
  )

  const types = await run('exec', 'tsc', '-p', '.')
  check(`${name}: types check with skipLibCheck off`, types.exitCode === 0, types.all)
}

/** Yarn does not look into npm's own configuration. */
async function registry(): Promise<Record<string, string>> {
  const { stdout } = await execa('npm', ['config', 'get', 'registry'])
  return { YARN_NPM_REGISTRY_SERVER: stdout.trim() }
}
