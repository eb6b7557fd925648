import { expect, test } from 'vitest'
import { AssayError } from '../../src/model/error.ts'
import { listAll } from '../../src/provider/list-all.ts'

const defined = [
  { name: 'GLM-4.6', id: 'glm-4.6', settings: {} },
  { name: 'own', id: 'own', settings: {} },
]

const refused = (kind: 'not_found' | 'auth' | 'network') => () =>
  Promise.reject(new AssayError('refused', { kind }))

test('R-12: what is defined and what is listed are one list, each model once', async () => {
  const listed = [{ id: 'glm-4.6', ownedBy: 'zhipu' }, { id: 'other' }]
  expect(await listAll(defined, async () => listed)).toEqual([
    { id: 'glm-4.6', name: 'GLM-4.6', ownedBy: 'zhipu' },
    { id: 'own' },
    { id: 'other' },
  ])
})

test('R-12: a server without a list leaves what is defined', async () => {
  expect(await listAll(defined, refused('not_found'))).toEqual([
    { id: 'glm-4.6', name: 'GLM-4.6' },
    { id: 'own' },
  ])
})

test('R-12: where nothing is defined, that it has none is an error', async () => {
  await expect(listAll([], refused('not_found'))).rejects.toMatchObject({ kind: 'not_found' })
})

test.for(['auth', 'network'] as const)(
  'R-12: any other error is told, whatever is defined: %s',
  async (kind) => {
    await expect(listAll(defined, refused(kind))).rejects.toMatchObject({ kind })
  },
)
