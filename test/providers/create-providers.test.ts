import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import { createModel } from '../../src/model/create-model.ts'
import { defineProvider } from '../../src/provider/define-provider.ts'
import type { ModelProvider } from '../../src/provider/provider.ts'
import { temporaryFolder } from '../server/temporary-folder.ts'
import { lives } from '../support/supervision.ts'
import { createTinyServers, type TinyServers } from '../support/tiny-server.ts'

/** Each of its models has a server of its own. */
function tinyProvider(tiny: TinyServers): ModelProvider {
  return defineProvider({
    name: 'tiny',
    async setup(name, _options, { lease }) {
      const { address } = await lease(tiny.need(name))
      return createModel({ provider: 'tiny', name, generate: async () => ({ text: address.url }) })
    },
  })
}

test('local servers of a script take turns where one has room, and end with teardownAll', async () => {
  await using tiny = await createTinyServers()
  const baseDir = tiny.folder
  const providers = createProviders({ providers: [tinyProvider(tiny)], maxServers: 1, baseDir })
  onTestFinished(() => providers.teardownAll())
  const first = await providers.setup('tiny/a')
  const second = providers.setup('tiny/b')
  await first.teardown()
  await second
  const [a, b] = await tiny.pids()
  expect([lives(a!), lives(b!)]).toEqual([false, true])
  const logs = await readdir(join(baseDir, '.assay/servers'))
  expect(new Set(logs.map((name) => name[0]))).toEqual(new Set(['a', 'b']))
  await providers.teardownAll()
  expect(lives(b!)).toBe(false)
  await expect(providers.setup('tiny/c')).rejects.toMatchObject({ kind: 'cancelled' })
})

test('a number of servers that is none is one clear error', () => {
  expect(() => createProviders({ maxServers: 1.5 })).toThrow(
    /^createProviders\(\): `maxServers`: expected/,
  )
})

describe('keys', () => {
  const acme = () =>
    defineProvider({
      name: 'acme',
      aliases: ['acme-old'],
      setup: (name, _options, { keys }) =>
        createModel({
          provider: 'acme',
          name,
          generate: async () => ({ text: keys.map((key) => key.reveal()).join() }),
        }),
    })

  test('keys are found under every name of their provider', async () => {
    const given = { 'acme-old': ['one'], acme: ['two'] }
    const providers = createProviders({ providers: [acme()], keys: given, env: {} })
    onTestFinished(() => providers.teardownAll())
    const { model } = await providers.setup('acme/m')
    expect((await model.generate('why?')).text).toBe('one,two')
  })

  test('keys may be those of a provider of the environment', () => {
    const env = { LAB_API_BASE: 'http://127.0.0.1:9/v1' }
    expect(createProviders({ keys: { lab: ['x'] }, env }).names).toContain('lab')
  })

  test('keys of nobody are an error, with the name that was meant', () => {
    expect(() => createProviders({ keys: { gemni: ['sk-invented'] }, env: {} })).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: 'createProviders(): `keys`: there is no provider `gemni`; did you mean `gemini`?',
      }),
    )
    expect(() => createProviders({ keys: { nobodys: ['sk-invented'] }, env: {} })).toThrow(
      /there is no provider `nobodys`\.$/,
    )
  })
})

test('what of the configuration file is not for scripts is said, and what it warns of', async () => {
  const baseDir = await temporaryFolder()
  const text = [
    'providers: [./lab.ts]',
    'budget: { usd: 1 }',
    'remember_keys: true',
    'model_configs: { openai/m: { options: { api_key: sk-invented } } }',
  ]
  await writeFile(join(baseDir, 'models.yaml'), text.join('\n'))
  const lines: string[] = []
  createProviders({ config: 'models.yaml', baseDir, env: {}, notice: (line) => lines.push(line) })
  const said = 'is for runs of evals; createProviders() does without it.'
  const file = join(baseDir, 'models.yaml')
  expect(lines).toEqual([
    expect.stringMatching(/:4:\d+: a key stands in the file/),
    `${file}:1:1: \`providers\` ${said}`,
    `${file}:2:11: \`budget\` ${said}`,
    `${file}:3:1: \`remember_keys\` ${said}`,
  ])
})
