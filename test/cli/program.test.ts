import { spawnSync } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { program, runAssay } from './run-assay.ts'

test('--version is that of the package', async () => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  expect(await runAssay(['--version'])).toEqual({
    exitCode: 0,
    stdout: `${version}\n`,
    stderr: '',
  })
})

test.for([
  [['--help'], ['servers']],
  [['help'], ['servers']],
  [
    ['servers', '--help'],
    ['--json', 'stop'],
  ],
  [
    ['servers', 'stop', '--help'],
    ['--all', '--json', '[ids...]', 'a person stopped'],
  ],
] as const)('the help of %j is on stdout and names %j', async ([args, words]) => {
  const { exitCode, stdout, stderr } = await runAssay(args)
  for (const word of words) expect(stdout).toContain(word)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})

test.for([
  [[], 'Usage: assay'],
  [['serverz'], "unknown command 'serverz'\n(Did you mean servers?)"],
  [['--jsn'], "unknown option '--jsn'"],
  [['servers', '--jsn'], "unknown option '--jsn'\n(Did you mean --json?)"],
  [['servers', 'stpo'], '"assay servers stpo" is no command. There is "assay servers stop".'],
  [['servers', 'stop', '--al'], "unknown option '--al'\n(Did you mean --all?)"],
  [['servers', 'stop', '--all', 'x'], 'Give either ids or --all, not both.'],
] as const)(
  '%j is wrong use: exit code 2, and on stderr alone what is wrong',
  async ([args, said]) => {
    const { exitCode, stdout, stderr } = await runAssay(args)
    expect(stderr).toContain(said)
    expect(stderr).not.toMatch(/^ +at /m)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  },
)

test.skipIf(process.platform !== 'linux')('what could not be written is an error', async () => {
  await using full = await open('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [program, '--version'], {
    stdio: ['ignore', full.fd, 'pipe'],
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/^error: ENOSPC: .*\n$/)
  expect(status).toBe(1)
})
