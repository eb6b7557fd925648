import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { baseVariable, keysOf, keySources, variablesByProvider } from '../../src/provider/keys.ts'
import { temporaryFolder } from '../server/temporary-folder.ts'

const values = (...args: Parameters<typeof keysOf>) => keysOf(...args).map((key) => key.reveal())

/** What a call throws, which shows none of the keys. */
function refused(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect(inspect(error)).not.toContain('sk-')
    return (error as Error).message
  }
  return expect.fail('nothing was thrown')
}

describe('keys of the environment', () => {
  test('R-05: keys come in the order of their numbers, each once, in any case of the name', () => {
    const env = {
      ACME_API_KEY_10: 'ten',
      ACME_API_KEY_2: ' two ',
      Acme_API_KEY: 'first',
      ACME_API_KEY_3: 'first',
      ACME_API_KEY_4: '',
      ACME_API_KEY_OLD: 'no',
      ACME_API_KEY_PATH: 'no',
      OTHER_API_KEY: 'no',
    }
    expect(values({ name: 'acme', env })).toEqual(['first', 'two', 'ten'])
    expect(values({ name: 'nobody', env })).toEqual([])
  })

  test('R-05: a key may be in a file, which comes after the key without a number', async () => {
    const path = join(await temporaryFolder(), 'key')
    await writeFile(path, 'sk-of-file\n')
    const env = { ACME_API_KEY_FILE: path, ACME_API_KEY_1: 'one', ACME_API_KEY: 'first' }
    expect(values({ name: 'acme', env })).toEqual(['first', 'sk-of-file', 'one'])
  })

  test('R-05: a file that cannot be read is an error that names its variable', async () => {
    const folder = await temporaryFolder()
    expect(refused(() => keysOf({ name: 'acme', env: { ACME_API_KEY_FILE: folder } }))).toMatch(
      /^ACME_API_KEY_FILE: the file with the key cannot be read: EISDIR/,
    )
  })

  test('R-05: a file without a key in it is an error that names its variable', async () => {
    const path = join(await temporaryFolder(), 'key')
    await writeFile(path, ' \n')
    expect(refused(() => keysOf({ name: 'acme', env: { ACME_API_KEY_FILE: path } }))).toBe(
      'ACME_API_KEY_FILE: the file with the key is empty.',
    )
  })

  test('R-05: variables of keys may begin with any name of the provider', () => {
    const env = { SBERCLOUD_API_KEY: 'old', CLOUDRU_API_KEY_1: 'new' }
    expect(values({ name: 'cloudru', aliases: ['sbercloud'], env })).toEqual(['old', 'new'])
    expect(values({ name: 'llama-server', env: { LLAMA_SERVER_API_KEY: 'x' } })).toEqual(['x'])
  })

  test('R-05: a key may be in a variable of another name, where none of the usual ones has one', () => {
    const place = { name: 'huggingface', keyVariables: ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'] }
    const env = { HF_TOKEN: ' ', HUGGING_FACE_HUB_TOKEN: 'hf' }
    expect(values({ ...place, env })).toEqual(['hf'])
    expect(values({ ...place, env: { ...env, HF_TOKEN: 'first' } })).toEqual(['first'])
    expect(values({ ...place, env: { ...env, HUGGINGFACE_API_KEY: 'usual' } })).toEqual(['usual'])
  })

  test('R-05: keys are told by their variables', () => {
    const env = { ACME_API_KEY_2: 'b', Acme_API_KEY: 'a' }
    expect(keySources({ name: 'acme', env }).map(({ name }) => name)).toEqual([
      'Acme_API_KEY',
      'ACME_API_KEY_2',
    ])
  })

  test('R-02: one variable with two values is an error that shows neither', () => {
    const env = { ACME_API_KEY: 'sk-one', Acme_API_KEY: 'sk-two' }
    expect(refused(() => keysOf({ name: 'acme', env }))).toBe(
      'ACME_API_KEY and Acme_API_KEY are one variable with two values; remove one of them.',
    )
    const twoNames = { SBERCLOUD_API_KEY: 'sk-one', CLOUDRU_API_KEY: 'sk-two' }
    const place = { name: 'cloudru', aliases: ['sbercloud'], env: twoNames }
    expect(refused(() => keysOf(place))).toContain('are one variable with two values')
  })

  test('R-05: a key that no header takes is an error that does not show it', () => {
    expect(refused(() => keysOf({ name: 'acme', env: { ACME_API_KEY: 'sk-\nx' } }))).toBe(
      'acme: API keys of the environment: a key holds a line break or another character no key has.',
    )
  })
})

test('keys given in code take the place of those of the environment', () => {
  const env = { ACME_API_KEY: 'env' }
  expect(values({ name: 'acme', env, given: ['a', new Secret('b'), 'a', ' '] })).toEqual(['a', 'b'])
  expect(values({ name: 'acme', env, given: [] })).toEqual([])
})

test('R-06: digits count keys behind _API_KEY_ alone', () => {
  const env = { PROVIDER1_API_KEY: 'a', PROVIDER_API_KEY_1: 'b', PROVIDER_1_API_KEY_1: 'c' }
  expect([...variablesByProvider(env).keys()]).toEqual(['provider1', 'provider', 'provider_1'])
  expect(values({ name: 'provider1', env })).toEqual(['a'])
  expect(values({ name: 'provider', env })).toEqual(['b'])
})

test('R-03: a base URL is found in any case of the provider, and of no other part', () => {
  const env = {
    Acme_API_BASE: 'http://a',
    OTHER_API_BASE_URL: 'http://b',
    LAST_api_base: 'http://c',
  }
  expect(baseVariable(env, ['acme'])).toEqual({ name: 'Acme_API_BASE', value: 'http://a' })
  expect(baseVariable(env, ['other'])).toBeUndefined()
  expect(baseVariable(env, ['last'])).toBeUndefined()
})
