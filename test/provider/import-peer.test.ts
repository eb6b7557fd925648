import { expect, test } from 'vitest'
import { importPeer } from '../../src/provider/import-peer.ts'

test('a package that is there is imported', async () => {
  const path = await importPeer('node:path', 'acme', () => import('node:path'))
  expect(path.join('a', 'b')).toBe('a/b')
})

test('a package that is not there is one sentence with the command that installs it', async () => {
  const missing = Object.assign(new Error("Cannot find package 'acme-sdk'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  })
  await expect(importPeer('acme-sdk', 'acme', () => Promise.reject(missing))).rejects.toMatchObject(
    {
      kind: 'config',
      provider: 'acme',
      message: 'The provider acme needs the package `acme-sdk`: npm install -D acme-sdk',
      cause: missing,
    },
  )
})

test('another error of a package passes through', async () => {
  const broken = new SyntaxError('Unexpected token')
  await expect(importPeer('acme-sdk', 'acme', () => Promise.reject(broken))).rejects.toBe(broken)
})
