import * as v from 'valibot'
import { expect, test } from 'vitest'
import { validate } from '../../src/model/standard-schema.ts'

const place = { where: 'rows.jsonl:17', kind: 'config' } as const

test('a value comes back as the schema makes it', async () => {
  const schema = v.object({
    n: v.pipe(v.string(), v.transform(Number)),
    tag: v.optional(v.string(), 'x'),
  })
  expect(await validate(schema, { n: '7', more: true }, place)).toEqual({ n: 7, tag: 'x' })
})

test('a schema may take its time', async () => {
  const schema = v.pipeAsync(
    v.string(),
    v.checkAsync(async (text) => text !== 'taken', 'is taken'),
  )
  expect(await validate(schema, 'free', place)).toBe('free')
  await expect(validate(schema, 'taken', place)).rejects.toMatchObject({
    kind: 'config',
    message: 'rows.jsonl:17: is taken',
  })
})

test('an error has every issue and its path', async () => {
  const schema = v.object({
    country: v.string('expected string'),
    people: v.array(v.object({ age: v.number('expected number') })),
  })
  const value = { people: [{ age: 1 }, { age: 'old' }], country: undefined }
  await expect(validate(schema, value, place)).rejects.toMatchObject({
    kind: 'config',
    message: 'rows.jsonl:17: `country`: expected string; `people.1.age`: expected number',
  })
})

test('paths of other libraries are plain keys, and may be missing', async () => {
  const issues = [{ message: 'is wrong', path: ['a', 0] }, { message: 'is no good' }]
  const schema = {
    '~standard': { version: 1, vendor: 'ours', validate: () => ({ issues }) },
  } as const
  await expect(
    validate(schema, null, { where: 'acme: options', kind: 'setup' }),
  ).rejects.toMatchObject({
    kind: 'setup',
    message: 'acme: options: `a.0`: is wrong; is no good',
  })
})

test('a value that is undefined or false is a value', async () => {
  expect(await validate(v.optional(v.string()), undefined, place)).toBeUndefined()
  expect(await validate(v.boolean(), false, place)).toBe(false)
})
