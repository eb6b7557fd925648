import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ownerName } from '../../../src/server/supervisor/owner.ts'
import { openPlace, requireOwn, stateFolder } from '../../../src/server/supervisor/state-folder.ts'
import { failureOf } from '../../support/failure.ts'
import { namesIn } from '../../support/supervision.ts'

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'state-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('the folder of a user is in the temporary one, the same for a login and for a timer', async () => {
  const folder = await temporary()
  const name = `assay-servers-${process.getuid!()}`
  expect(stateFolder({ TMPDIR: folder })).toBe(join(folder, name))
  expect(stateFolder({ XDG_RUNTIME_DIR: folder })).toBe(join(tmpdir(), name))
  expect(stateFolder({})).toBe(join(tmpdir(), name))
})

test('nobody else may read it, also if it was there before', async () => {
  const state = join(await temporary(), 'state')
  await mkdir(state)
  await chmod(state, 0o755)
  const place = await openPlace(state)
  expect((await stat(state)).mode & 0o777).toBe(0o700)
  expect((await stat(place.folder)).mode & 0o777).toBe(0o700)
  expect(place.owner).toBe(ownerName(process.pid))
})

test('the last one out removes it', async () => {
  const state = join(await temporary(), 'state')
  const first = await openPlace(state, '1-a')
  const second = await openPlace(state, '2-b')
  await first.remove()
  expect(namesIn(state)).toEqual(['2-b'])
  await second.remove()
  await expect(stat(state)).rejects.toThrow('ENOENT')
})

test('who comes while the last one leaves finds a folder', async () => {
  const state = join(await temporary(), 'state')
  for (let round = 0; round < 50; round++) {
    const last = await openPlace(state, '1-a')
    const [next] = await Promise.all([openPlace(state, '2-b'), last.remove()])
    expect(namesIn(state)).toEqual(['2-b'])
    await next.remove()
  }
})

test('a file or a link in its place is an error that says what to do', async () => {
  const folder = await temporary()
  await writeFile(join(folder, 'file'), '')
  await mkdir(join(folder, 'elsewhere'))
  await symlink(join(folder, 'elsewhere'), join(folder, 'link'))
  for (const name of ['file', 'link']) {
    const { kind, message } = await failureOf(openPlace(join(folder, name)))
    expect(kind).toBe('setup')
    expect(message).toContain(`${join(folder, name)}, where`)
    expect(message).toContain('is not a folder; remove it, or set TMPDIR')
  }
})

test('a folder of another user is an error that names them', async () => {
  const { message } = await failureOf(requireOwn(await temporary(), 4_000_000))
  expect(message).toContain(`belongs to another user (${process.getuid!()})`)
})

test('a folder that cannot be made is an error that says what to do', async () => {
  const { kind, message } = await failureOf(openPlace('/no/such/folder'))
  expect(kind).toBe('setup')
  expect(message).toContain('cannot be made: ENOENT')
  expect(message).toContain('Set TMPDIR')
})

test('a path that is too long for a socket is an error with both lengths', async () => {
  const state = join(tmpdir(), 'x'.repeat(80))
  const { message } = await failureOf(openPlace(state, '1234567-12345678901.abcdefgh'))
  expect(message).toMatch(/may have 103 bytes, and .* has \d+; set TMPDIR/)
})
