import { rm, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createAddress } from '../../src/broker/address.ts'

test('a socket lies in a private folder, and its path is short enough for every system', async () => {
  const { path, folder } = await createAddress('linux')
  expect((await stat(folder!)).mode & 0o777).toBe(0o700)
  expect(path.startsWith(folder!)).toBe(true)
  expect(Buffer.byteLength(path)).toBeLessThan(104)
  await rm(folder!, { recursive: true })
})

test('Windows has a named pipe, which nobody can guess', async () => {
  const first = await createAddress('win32')
  expect(first).toEqual({
    path: expect.stringMatching(/^\\\\\.\\pipe\\assay-[0-9a-f]{16}$/),
    folder: null,
  })
  expect((await createAddress('win32')).path).not.toBe(first.path)
})
