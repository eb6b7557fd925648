import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const url = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)

/** What a process says and exits with that reports the error of `code`. */
function report(code: string): { readonly status: number | null; readonly stderr: string } {
  const script = `
    import { readFileSync } from 'node:fs'
    import { reportFailure } from ${url('cli/failure.ts')}
    import { AssayError } from ${url('model/error.ts')}
    try { ${code} } catch (error) { reportFailure(error) }
  `
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  return { status, stderr }
}

test('an error of the configuration is wrong use', () => {
  expect(report("throw new AssayError('No.', { kind: 'config' })")).toEqual({
    status: 2,
    stderr: 'error: No.\n',
  })
})

test('another error of ours is a failure, without a stack', () => {
  expect(report("throw new AssayError('No.', { kind: 'setup' })")).toEqual({
    status: 1,
    stderr: 'error: No.\n',
  })
})

test('so is an error of the system', () => {
  const { status, stderr } = report("readFileSync('/no/such/file')")
  expect(stderr).toMatch(/^error: ENOENT: no such file or directory, open .*\n$/)
  expect(status).toBe(1)
})

test('what nobody expected has its stack, also where it has a code', () => {
  for (const code of ['null.name', 'readFileSync()']) {
    const { status, stderr } = report(code)
    expect(stderr).toMatch(/^error: TypeError.*\n +at /)
    expect(status).toBe(1)
  }
})
