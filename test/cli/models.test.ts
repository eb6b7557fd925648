import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { addEntry } from '../../src/cli/models/add.ts'
import { modelsFile, save } from '../../src/cli/models/file.ts'
import type { AddFlags } from '../../src/cli/models/entry.ts'
import { modelsOf } from '../../src/cli/models/list.ts'
import { removeEntry } from '../../src/cli/models/remove.ts'
import { openProject, type Project } from '../../src/cli/project.ts'
import { loadConfig } from '../../src/config/file/load.ts'
import { createFolder, type Files } from '../plugin/folder.ts'
import { serve } from '../support/http-server.ts'
import { runAssay } from './run-assay.ts'

type Env = Readonly<Record<string, string>>

/** Of letters that names of variables have, too. */
const KEY = 'gsk_abcdefghijklmnop1234567890'

async function folderWith(files: Files): Promise<string> {
  const folder = await createFolder({ 'package.json': {}, ...files })
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder.path
}

/** A project, which is read anew for each command, as by a process. */
async function projectWith(files: Files, env: Env = {}) {
  const root = await folderWith(files)
  const open = (): Promise<Project> => openProject(undefined, { root, env: { ...env } })
  const without = (lines: readonly string[]) =>
    lines.map((line) => line.replaceAll(`${root}/`, '')).join('\n')
  return {
    root,
    open,
    read: (name = 'assay.config.yaml') => readFile(join(root, name), 'utf8'),
    add: async (name: string, flags: AddFlags = {}) =>
      without(await addEntry(name, flags, await open())),
    remove: async (name: string, flags = {}) =>
      without(await removeEntry(name, flags, await open())),
    list: async (flags = {}) => modelsOf(await open(), flags),
    config: (name = 'assay.config.yaml') => loadConfig(join(root, name), { env }),
  }
}

describe('add', () => {
  test('D-07: a module of the user becomes an entry with its export, parameters and version, which loads', async () => {
    const { add, read, config } = await projectWith({ 'h.mjs': '' })
    const said = await add('mine', {
      module: './h.mjs',
      export: 'MyHandler',
      param: ['model_name=my-model', 'temperature=0.2', 'verbose=true', 'tag="1.0"', 'note=null'],
      paramEnv: ['apiKey=MY_KEY'],
      versionLabel: '1.0',
    })
    expect(said).toBe(
      'Added mine (custom/mine) in assay.config.yaml:2:5.\nMY_KEY is not set yet: it belongs into the environment, or into .env.',
    )
    expect(await read()).toBe(`models:
  - name: mine
    module: ./h.mjs
    export: MyHandler
    params:
      model_name: my-model
      temperature: 0.2
      verbose: true
      tag: "1.0"
      note: null
      apiKey: \${MY_KEY}
    version: "1.0"
`)
    expect(config()).toMatchObject({
      models: ['custom/mine'],
      names: { mine: 'custom/mine' },
      warnings: [],
    })
  })

  test('D-07: a model of a provider is its spec alone, or an entry with options, capabilities and system instruction', async () => {
    const { add, read, config } = await projectWith({}, { KEY: 'k' })
    expect(await add('openai/gpt-5-mini')).toBe('Added openai/gpt-5-mini in assay.config.yaml:2:5.')
    await add('gpt-4', {
      provider: 'openai',
      config: ['temperature=0', 'organization=007'],
      configEnv: ['api_key=KEY'],
      capability: ['text', 'vision'],
      contextWindow: '128000',
      system: 'Be brief.\nBe kind.',
    })
    expect(await read()).toBe(`models:
  - openai/gpt-5-mini
  - name: gpt-4
    provider: openai
    config:
      temperature: 0
      organization: "007"
      api_key: \${KEY}
    capabilities:
      text: true
      vision: true
      context_window: 128000
    system_instruction: |-
      Be brief.
      Be kind.
`)
    expect(config().names).toEqual({ 'gpt-4': 'openai/gpt-4' })
  })

  test.for<[string, string, string]>([
    ['an empty file', '', 'models:\n  - a/b\n'],
    ['comments alone', '# ours\n', '# ours\nmodels:\n  - a/b\n'],
    ['no such section', 'judge_model:   x/y', 'judge_model:   x/y\nmodels:\n  - a/b\n'],
    [
      'an empty section',
      'models: # ours\nrow_timeout: 5\n',
      'models: # ours\n  - a/b\nrow_timeout: 5\n',
    ],
    ['a section of null', 'models: null\n', 'models:\n  - a/b\n'],
    ['an empty list', 'models: []\n', 'models: ["a/b"]\n'],
    [
      'a list in brackets',
      'models: [ x/y,  x/z ] # both\n',
      'models: [ x/y,  x/z, "a/b" ] # both\n',
    ],
    [
      'comments, odd indentation and aligned values',
      'models:\n    - x/y   # first\n    # the next\n    - name:     z\n      provider: x\n\n# of runs\nprovider_concurrency:\n  openai:    2   # few\n',
      'models:\n    - x/y   # first\n    # the next\n    - name:     z\n      provider: x\n    - a/b\n\n# of runs\nprovider_concurrency:\n  openai:    2   # few\n',
    ],
    [
      'a text of several lines at the end',
      'models:\n- name: z\n  provider: x\n  system_instruction: |\n    one\n\n    two\n\nrow_timeout: 5\n',
      'models:\n- name: z\n  provider: x\n  system_instruction: |\n    one\n\n    two\n- a/b\n\nrow_timeout: 5\n',
    ],
    ['no newline at the end', 'models:\n  - x/y', 'models:\n  - x/y\n  - a/b\n'],
    [
      'lines of Windows',
      'models:\r\n  - x/y\r\nrow_timeout: 5\r\n',
      'models:\r\n  - x/y\r\n  - a/b\r\nrow_timeout: 5\r\n',
    ],
    [
      'what some editors begin a file with',
      '\uFEFFrow_timeout: 5\n',
      '\uFEFFrow_timeout: 5\nmodels:\n  - a/b\n',
    ],
    [
      'a comment in an empty list',
      'models: [\n    # none yet\n  ]\n',
      'models: [\n    # none yet\n    "a/b"\n  ]\n',
    ],
    ['JSON in YAML', '{"row_timeout": 5}', '{"row_timeout": 5, "models": [ "a/b" ]}'],
  ])('%s: all of the file but the new line stays as it is', async ([, before, after]) => {
    const { add, read } = await projectWith(
      { 'assay.config.yaml': before },
      { A_API_BASE: 'http://127.0.0.1:9' },
    )
    await add('a/b')
    expect(await read()).toBe(after)
  })

  test('a file of JSON stays one, with its indentation', async () => {
    const before = '{\n  "models": [\n    "x/y"\n  ],\n  "row_timeout": 5\n}\n'
    const { add, read, remove } = await projectWith({ 'assay.config.json': before })
    await add('m', { provider: 'openai' })
    const after = await read('assay.config.json')
    expect(after).toBe(
      before.replace(
        '"x/y"\n',
        '"x/y",\n    {\n      "name": "m",\n      "provider": "openai"\n    }\n',
      ),
    )
    await remove('m')
    expect(await read('assay.config.json')).toBe(before)
  })

  test('an empty file of JSON becomes JSON', async () => {
    const { add, read } = await projectWith({ 'assay.config.json': '\n' })
    await add('openai/m')
    expect(JSON.parse(await read('assay.config.json'))).toEqual({ models: ['openai/m'] })
  })

  test('a list or an object of JSON is one, with references to variables in it', async () => {
    const { add, config } = await projectWith({}, { KEY: 'k' })
    const headers = '{"Authorization":"Bearer ${KEY}"}'
    const said = await add('m', {
      provider: 'openai',
      config: ['stop=["a"]', `headers=${headers}`, 'baseURL=https://h.test/v1?key=${KEY}'],
    })
    expect(said).toBe('Added m (openai/m) in assay.config.yaml:2:5.')
    expect(config().modelConfigs['openai/m']![0]!.options).toMatchObject({ stop: ['a'] })
    expect(config().warnings).toEqual([])
  })

  test('what its options lack to be set up is said at once, without a variable that is to come', async () => {
    const { add } = await projectWith({})
    expect(await add('m', { provider: 'openai', config: ['temprature=0.2'] })).toMatch(
      /^Added m .*\nIt cannot be set up like this: .*:5:7: openai: .*did you mean `temperature`/,
    )
    expect(await add('n', { provider: 'openai', configEnv: ['api_key=KEY'] })).toMatch(
      /^Added n .*\nKEY is not set yet: [^\n]*$/,
    )
  })

  test.for<[string, AddFlags]>([
    [`openai/${KEY}`, {}],
    ['m', { provider: KEY }],
    ['m', { provider: 'openai', system: `Use ${KEY}.` }],
    ['m', { module: './package.json', versionLabel: KEY }],
  ])(
    'a key in the wrong place goes neither into the file nor into the message: %j',
    async (given) => {
      const { add, root } = await projectWith({})
      const failure: unknown = await add(...given).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        kind: 'config',
        message: expect.stringMatching(/a secret does not go into the file/) as string,
      })
      expect(String(failure)).not.toMatch(new RegExp(KEY, 'i'))
      expect(await readdir(root)).toEqual(['package.json'])
    },
  )

  test.for(['../../x', '-x', '', 'a b', 'a/../b', '.hidden', 'naïve'])(
    'D-26: the name %j is refused, and nothing is written',
    async (name) => {
      const { add, root } = await projectWith({})
      await expect(add(name, { provider: 'openai' })).rejects.toThrow(
        /the name of a model begins with/,
      )
      expect(await readdir(root)).toEqual(['package.json'])
    },
  )

  test('D-26: a name that is there is refused with its place; --force replaces the entry in its place', async () => {
    const before = 'models:\n  - x/y # one\n  - name: m\n    provider: openai\n  - x/z # two\n'
    const { add, read } = await projectWith({ 'assay.config.yaml': before, 'h.mjs': '' })
    for (const name of ['m', 'openai/m']) {
      await expect(add(name, { ...(name === 'm' && { provider: 'google' }) })).rejects.toThrow(
        /assay\.config\.yaml:3:5: there is a model "m" already \(openai\/m\); give --force to replace it\./,
      )
    }
    expect(await read()).toBe(before)
    expect(await add('m', { provider: 'google', force: true })).toMatch(/^Replaced m \(google\/m\)/)
    expect(await read()).toBe(before.replace('provider: openai', 'provider: google'))
    await add('m', { module: 'h.mjs', param: ['n=2'], force: true })
    expect(await read()).toContain(
      '  - x/y # one\n  - name: m\n    module: ./h.mjs\n    params:\n      n: 2\n  - x/z # two\n',
    )
  })

  test.for<[AddFlags, RegExp]>([
    [
      { config: ['api_key=abc'] },
      /--config api_key=…: a secret does not go into the file; .* write --config-env api_key=API_KEY\.$/,
    ],
    [{ config: ['note=sk-abcdefghijklmnop1234'] }, /--config note=…: a secret does not go/],
    [{ config: ['note=Bearer sk-abcdefghijklmnop1234'] }, /--config note=…: a secret does not go/],
    [{ config: ['note=${X:-sk-abcdefghijklmnop1234}'] }, /--config note=…: a secret does not go/],
    [{ config: ['headers={"X-Api-Key":"hunter2"}'] }, /--config headers=…: a secret does not go/],
    [{ config: ['url=https://h.test/?api_key=hunter2'] }, /--config url=…: a secret does not go/],
    [{ config: ['api_key=1234'] }, /--config api_key=…: a secret does not go/],
    [{ config: ['api_key=${X:-hunter2}'] }, /--config api_key=…: a secret does not go/],
    [
      { configEnv: [`api_key=${KEY}`] },
      /--config-env api_key=…: expected the name of a variable, as API_KEY\.$/,
    ],
    [{ config: ['base=https://me:hunter2@host.test'] }, /--config base=…: a secret does not go/],
    [
      { configEnv: ['api_key=sk-abcdefghijklmnop1234'] },
      /--config-env api_key=…: expected the name of a variable, as API_KEY\.$/,
    ],
    [{ config: ['temperature'] }, /--config: expected name=value, got "temperature"\.$/],
    [{ config: ['a=1'], configEnv: ['a=B'] }, /--config: "a" is given twice\.$/],
    [{ param: ['a=1'] }, /--param is for a module of your own/],
    [{ module: './package.json', config: ['a=1'] }, /--config is for the models of a provider/],
    [
      { module: './pakage.json' },
      /there is no file \S*pakage\.json\. Did you mean "\.\/package\.json"\?$/,
    ],
    [{ capability: ['visoin'] }, /--capability: .* got "visoin"\. Did you mean "vision"\?$/],
    [{ contextWindow: '1e6' }, /--context-window: expected tokens, as 128000; got "1e6"\.$/],
    [{ provider: 'opnai' }, /There is no provider `opnai`.* Did you mean `openai`\?/],
  ])(
    'D-26, D-27: %j is refused in one sentence without a secret in it, and nothing is written',
    async ([flags, said]) => {
      const { add, root } = await projectWith({})
      const provider = flags.module === undefined ? { provider: 'openai' } : {}
      const failure: unknown = await add('m', { ...provider, ...flags }).catch(
        (error: unknown) => error,
      )
      expect(failure).toMatchObject({
        kind: 'config',
        message: expect.stringMatching(said) as string,
      })
      expect(String(failure)).not.toMatch(/sk-abc|hunter2|=abc|gsk_/)
      expect(await readdir(root)).toEqual(['package.json'])
    },
  )

  test('a file that would not load any more stays as it was', async () => {
    const before =
      'models:\n  - name: m\n    provider: openai\nmodel_configs:\n  m: { system_instruction: x }\n'
    const { remove, read, root } = await projectWith({ 'assay.config.yaml': before })
    await expect(remove('m')).rejects.toThrow(/^Nothing was changed: .*assay\.config\.yaml:3:3: /)
    expect(await read()).toBe(before)
    expect(await readdir(root)).toEqual(['assay.config.yaml', 'package.json'])
  })

  test('D-26: of two that add at the same time none loses what the other wrote', async () => {
    const { open, read, root } = await projectWith({ 'assay.config.yaml': 'models: []\n' })
    const [one, other] = [await open(), await open()]
    await addEntry('openai/a', {}, one)
    await addEntry('openai/b', {}, other) // opened before, as while a person was asked
    expect(await read()).toBe('models: ["openai/a", "openai/b"]\n')

    const file = modelsFile(one)
    await writeFile(join(root, 'assay.config.yaml'), 'models: [x/y]\n')
    expect(() => save(file, 'models: []\n')).toThrow(/was changed by somebody else .* try again\.$/)
    const draft = join(root, 'assay.config.yaml.tmp')
    await writeFile(draft, '')
    expect(() => save(modelsFile(one), 'models: []\n')).toThrow(/Another command is writing /)
    expect(await read()).toBe('models: [x/y]\n')
    expect(await readdir(root)).toEqual([
      'assay.config.yaml',
      'assay.config.yaml.tmp',
      'package.json',
    ])
  })

  test('a file that is read-only is left as it is', async () => {
    const { add, read, root } = await projectWith({ 'assay.config.yaml': 'models: []\n' })
    await chmod(join(root, 'assay.config.yaml'), 0o444)
    await expect(add('openai/m')).rejects.toThrow(/^assay\.config\.yaml is read-only/)
    expect(await read()).toBe('models: []\n')
    expect(await readdir(root)).toEqual(['assay.config.yaml', 'package.json'])
  })

  test('a link stays a link, and the file behind it keeps its mode', async () => {
    const { add, root, read } = await projectWith({ 'shared.yaml': 'models: []\n' })
    await symlink(join(root, 'shared.yaml'), join(root, 'assay.config.yaml'))
    await chmod(join(root, 'shared.yaml'), 0o640)
    await add('openai/m')
    expect(await read('shared.yaml')).toContain('openai/m')
    expect((await lstat(join(root, 'assay.config.yaml'))).isSymbolicLink()).toBe(true)
    expect((await stat(join(root, 'shared.yaml'))).mode & 0o777).toBe(0o640)
  })

  test('a list that an alias stands for is left to people', async () => {
    const before = 'model_configs: {}\nproviders: &l []\nmodels: *l\n'
    const { add, read } = await projectWith({ 'assay.config.yaml': before })
    await expect(add('openai/m')).rejects.toThrow(
      /`models` is no list of its own here .* edit it by hand\.$/,
    )
    expect(await read()).toBe(before)
  })

  test('outside of a project nothing is written', async () => {
    await using folder = await createFolder({})
    const { path } = folder
    const project = await openProject(undefined, { root: path, env: {} })
    await expect(addEntry('openai/m', {}, project)).rejects.toThrow(
      /neither a Vitest config nor a package\.json/,
    )
    expect(await readdir(path)).toEqual([])
  })

  test('D-07: without a terminal, flags that are missing are exit code 2 with the usage text', async () => {
    const cwd = await folderWith({})
    const { exitCode, stdout, stderr } = await runAssay(['models', 'add', 'gpt-4'], { cwd })
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(
      /^error: .*did you mean "openai\/gpt-4"\?.*\n\nUsage: assay models add \[options\] \[name\]\n/,
    )
    expect(stderr).toContain('--param-env <name=VARIABLE>')
    expect(await readdir(cwd)).toEqual(['package.json'])
  })
})

describe('remove', () => {
  const text =
    '# ours\nmodels:\n  - x/y # one\n  # the next\n  - name: m\n    provider: openai # its own\n  - name: m\n    provider: google\n\njudge_model: openai/m\n'

  test('an entry goes, and the rest stays as it is', async () => {
    const { remove, read } = await projectWith({ 'assay.config.yaml': text })
    expect(await remove('google/m')).toBe('Removed m from assay.config.yaml.')
    expect(await read()).toBe(text.replace('  - name: m\n    provider: google\n', ''))
    await remove('x/y')
    expect(await read()).toContain('# ours\nmodels:\n  # the next\n  - name: m\n')
  })

  test.for<[string, RegExp]>([
    [
      'm',
      /"m" could be openai\/m \(\S*assay\.config\.yaml:5:5\) and google\/m \(\S*:7:5\); give it as provider\/model-name\.$/,
    ],
    ['x/z', /assay\.config\.yaml has no model "x\/z" in `models`; did you mean "x\/y"\?$/],
    [
      'openai/m',
      /assay\.config\.yaml:10:1: "m" is the `judge_model` too; name another there, or give --force\.$/,
    ],
  ])('"%s" is refused, and nothing is changed', async ([name, said]) => {
    const { remove, read } = await projectWith({ 'assay.config.yaml': text })
    await expect(remove(name)).rejects.toThrow(said)
    expect(await read()).toBe(text)
  })

  test('a model is found by every name of its provider, and so is its use as a judge', async () => {
    const { remove, read } = await projectWith({
      'assay.config.yaml': 'models: [gemini/a, gemini/b]\njudge_model: google/b\n',
    })
    await expect(remove('gemini/b')).rejects.toThrow(/"gemini\/b" is the `judge_model` too/)
    expect(await remove('google/a')).toBe('Removed gemini/a from assay.config.yaml.')
    expect(await read()).toBe('models: [gemini/b]\njudge_model: google/b\n')
  })

  test('the last of a list in brackets goes without the comment of the one before', async () => {
    const { remove, read } = await projectWith({
      'assay.config.yaml': 'models: [\n  x/y, # one\n  x/z # two\n]\n',
    })
    await remove('x/z')
    expect(await read()).toBe('models: [\n  x/y, # one\n   # two\n]\n')
  })

  test('--force removes the judge, and says what is wrong with the file then', async () => {
    const { remove, read } = await projectWith({
      'assay.config.yaml': 'models:\n  - name: m\n    provider: openai\njudge_model: m\n',
    })
    expect(await remove('m', { force: true })).toMatch(
      /^Removed m .*\nThe file has an error now: .*assay\.config\.yaml:2:1: /,
    )
    expect(await read()).toBe('models:\njudge_model: m\n')
  })
})

const listed = {
  'assay.config.yaml': `models:
  - openai/gpt-5-mini
  - name: gpt-4
    provider: openai
    config: { api_key: '\${WORK_KEY}' }
    capabilities: { text_generation: true, vision: true, context_window: 128000 }
judge_model: gemini/gemini-2.5-pro
`,
  '.env': 'LAB_API_BASE=http://127.0.0.1:9/v1\nLAB_MODELS=tiny\n',
}
const keys = {
  OPENAI_API_KEY: `sk-${'0aB'.repeat(16)}`,
  GEMINI_API_KEY: '',
  GOOGLE_API_KEY: '',
  ASSAY_MODEL: 'ollama/qwen3',
}

describe('list', () => {
  test.for(['txt', 'json'])(
    'R-20: models list says where each model comes from, what it can, and its key, masked (golden/models.%s)',
    async (form) => {
      const cwd = await folderWith(listed)
      const words = form === 'json' ? ['--json'] : []
      const result = await runAssay(['models', 'list', ...words], { cwd, env: keys })
      expect({ exitCode: result.exitCode, stderr: result.stderr }).toEqual({
        exitCode: 0,
        stderr: '',
      })
      await expect(result.stdout).toMatchFileSnapshot(`golden/models.${form}`)
      expect(result.stdout).toContain('sk-…(51 chars)')
      expect(result.stdout).not.toContain('0aB')
    },
  )

  test('a model whose provider is unknown is listed with its problem, and the others too', async () => {
    const { list } = await projectWith({ 'assay.config.yaml': 'models: [nobody/m, openai/m]\n' })
    const { models } = await list()
    expect(models.map(({ spec, problem }) => [spec, problem])).toEqual([
      ['nobody/m', expect.stringMatching(/^There is no provider `nobody`/)],
      ['openai/m', null],
    ])
  })

  test('--remote asks the providers with the key of the entry, and an error of one hides no other', async () => {
    const server = await serve(({ headers }) =>
      headers['authorization'] === 'Bearer k1'
        ? { body: { data: [{ id: 'a' }, { id: 'b' }] } }
        : { status: 401, body: { error: { message: 'no' } } },
    )
    onTestFinished(() => server[Symbol.asyncDispose]())
    const { list } = await projectWith(
      {
        'assay.config.yaml': `models:\n  - name: a\n    provider: lab\n    config: { api_key: '\${LAB_OWN}' }\n  - shop/x\n`,
      },
      { LAB_API_BASE: server.url, SHOP_API_BASE: server.url, SHOP_API_KEY: 'k2', LAB_OWN: 'k1' },
    )
    const { models, remote } = await list({ remote: true })
    expect(models).toHaveLength(2)
    expect(remote).toEqual([
      { provider: 'lab', models: ['lab/a', 'lab/b'], error: null },
      { provider: 'shop', models: [], error: expect.stringMatching(/^shop: /) as string },
    ])
    const only = await list({ remote: true, provider: 'lab' })
    expect(only.models.map(({ spec }) => spec)).toEqual(['lab/a'])
    expect(only.remote).toHaveLength(1)
    await expect(list({ provider: 'lba' })).rejects.toThrow(/Did you mean `lab`\?/)
  })
})
