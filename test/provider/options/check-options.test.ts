import * as v from 'valibot'
import { expect, test } from 'vitest'
import { checkOptions } from '../../../src/provider/options/check-options.ts'
import { CALL, type Origin } from '../../../src/provider/options/settle.ts'

const options = v.strictObject({
  temperature: v.optional(v.number()),
  maxTokens: v.optional(v.number()),
  body: v.optional(v.record(v.string(), v.unknown())),
})
const acme = { name: 'acme', options }

const check = (
  given: Record<string, unknown>,
  origins: Record<string, Origin> = {},
  owner = acme,
) => checkOptions(owner, { options: given, origins: new Map(Object.entries(origins)) })

test('options that fit are handed on', async () => {
  expect(await check({ temperature: 0, body: { a: 1 } })).toEqual({
    temperature: 0,
    body: { a: 1 },
  })
})

test.for([
  [{ source: 'assay.config.yaml', at: 'assay.config.yaml:4:7' }, 'assay.config.yaml:4:7: '],
  [{ source: 'ASSAY_ACME_TEMPERATURE' }, 'ASSAY_ACME_TEMPERATURE: '],
  [{ source: 'evals()' }, 'evals(): '],
  [{ source: CALL }, ''],
] as const)('O-38: the error of an option names its place: %j', async ([origin, place]) => {
  await expect(check({ temperature: 'hot' }, { temperature: origin })).rejects.toMatchObject({
    kind: 'config',
    message: `${place}acme: options: \`temperature\`: expected number, got "hot"`,
  })
})

test('O-38: of several that are wrong each has its own place', async () => {
  const origins = {
    temperature: { source: 'file', at: 'file:1:2' },
    maxToken: { source: 'ACME_MODELS' },
  }
  await expect(check({ temperature: 'hot', maxToken: 5 }, origins)).rejects.toMatchObject({
    message:
      'file:1:2: acme: options: `temperature`: expected number, got "hot"; ' +
      'ACME_MODELS: acme: options: there is no option `maxToken` (did you mean `maxTokens`?)',
  })
})

test('a provider without options refuses them, with their place', async () => {
  const plain = { name: 'plain' }
  const settled = {
    options: { temperature: 0 },
    origins: new Map([['temperature', { source: 'file', at: 'file:1:2' }]]),
  }
  await expect(checkOptions(plain, settled)).rejects.toMatchObject({
    kind: 'config',
    message: 'file:1:2: plain: options: expected none, got `temperature`.',
  })
  expect(await checkOptions(plain, { options: {}, origins: new Map() })).toEqual({})
})
