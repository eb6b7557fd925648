import { describe, expect, test } from 'vitest'
import { findProviders } from '../../src/plugin/find-providers.ts'
import { createFolder, type Files, Link } from './folder.ts'

/** What is found for the project in `root` of a folder, with paths that begin at the folder. */
async function found(
  files: Files,
  {
    root = '',
    listed = [],
    discover = true,
  }: { root?: string; listed?: string[]; discover?: boolean } = {},
): Promise<{ providers: string[]; warnings: string[] }> {
  await using folder = await createFolder(files)
  const place = `${folder.path}/${root}`.replace(/\/$/, '')
  const search = findProviders({
    root: place,
    lists: [{ where: 'evals()', folder: place, entries: listed }],
    discover,
  })
  const plain = (text: string) => text.replaceAll(folder.path, '')
  return {
    providers: search.found.map((one) => {
      const where = 'url' in one ? one.url.replace('file://', '') : `problem: ${one.problem}`
      return plain(`${one.listed ? 'listed ' : ''}${one.name} of ${one.origin}: ${where}`)
    }),
    warnings: search.warnings.map((one) => plain(one)),
  }
}

/** The package.json of a package with providers, whose module is there. */
function acme(name = 'acme', more: object = {}): Files {
  return {
    [`node_modules/${name}/package.json`]: {
      name,
      exports: { './provider': './dist/provider.mjs' },
      assay: { providers: { acme: './provider' } },
      ...more,
    },
    [`node_modules/${name}/dist/provider.mjs`]: 'throw new Error("nobody asked for it")',
  }
}

const project = (...dependencies: string[]) => ({
  dependencies: Object.fromEntries(dependencies.map((name) => [name, '1.0.0'])),
})

describe('discovery', () => {
  test.for(['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'])(
    'E-14: a package among the %s brings its providers, and is not loaded',
    async (kind) => {
      const files = { ...acme(), 'package.json': { [kind]: { acme: '1.0.0' } } }
      expect(await found(files)).toEqual({
        providers: ['acme of package acme: /node_modules/acme/dist/provider.mjs'],
        warnings: [],
      })
    },
  )

  test('a package that is installed and no direct dependency brings nothing', async () => {
    const files = { ...acme(), ...acme('other', { assay: {} }), 'package.json': project('other') }
    expect(await found(files)).toEqual({ providers: [], warnings: [] })
  })

  test('a dependency that is not installed, or has no providers, is no problem', async () => {
    const files = {
      'package.json': project('missing', 'plain', 'other'),
      'node_modules/plain/package.json': { name: 'plain' },
      'node_modules/other/package.json': { assay: { scorers: { best: './best' } } },
    }
    expect(await found(files)).toEqual({ providers: [], warnings: [] })
  })

  test('without `exports` a subpath is a file; with them it is what an import of ESM gets', async () => {
    const files = {
      'package.json': project('plain', 'mapped'),
      'node_modules/plain/package.json': { assay: { providers: { plain: './provider.js' } } },
      'node_modules/plain/provider.js': '',
      'node_modules/mapped/package.json': {
        exports: {
          '.': './index.js',
          './*': { types: './*.d.ts', require: './*.cjs', import: './esm/*.js' },
        },
        assay: { providers: { mapped: './own', root: '.' } },
      },
      'node_modules/mapped/esm/own.js': '',
      'node_modules/mapped/index.js': '',
    }
    expect((await found(files)).providers).toEqual([
      'plain of package plain: /node_modules/plain/provider.js',
      'mapped of package mapped: /node_modules/mapped/esm/own.js',
      'root of package mapped: /node_modules/mapped/index.js',
    ])
  })

  test('a link, as pnpm and workspaces have them, is followed', async () => {
    const files = {
      ...Object.fromEntries(
        Object.entries(acme()).map(([path, file]) => [`node_modules/.pnpm/acme@1/${path}`, file]),
      ),
      'package.json': project('acme'),
      'node_modules/acme': new Link('node_modules/.pnpm/acme@1/node_modules/acme'),
    }
    expect((await found(files)).providers).toEqual([
      'acme of package acme: /node_modules/.pnpm/acme@1/node_modules/acme/dist/provider.mjs',
    ])
  })

  test('the nearest package.json at or above the root counts', async () => {
    const files = { ...acme(), 'package.json': project('acme'), 'evals/deep/x.eval.ts': '' }
    expect((await found(files, { root: 'evals/deep' })).providers).toHaveLength(1)
    const own = { ...files, 'evals/package.json': project() }
    expect((await found(own, { root: 'evals/deep' })).providers).toEqual([])
  })

  test.for([
    ['package.json', { workspaces: ['packages/*'], ...project('acme', 'extra') }],
    ['pnpm-workspace.yaml', 'packages: ["packages/*"]'],
  ] as const)(
    'in a monorepo with %s the workspace counts, too, and the nearer wins',
    async ([file, content]) => {
      const nearer = acme('nearer')
      const files = {
        'package.json': project('acme', 'extra'),
        [file]: content,
        ...acme(),
        ...acme('extra', { assay: { providers: { extra: './provider' } } }),
        'packages/a/package.json': project('nearer'),
        ...Object.fromEntries(
          Object.entries(nearer).map(([path, one]) => [`packages/a/${path}`, one]),
        ),
      }
      expect(await found(files, { root: 'packages/a' })).toEqual({
        providers: [
          'acme of package nearer: /packages/a/node_modules/nearer/dist/provider.mjs',
          'extra of package extra: /node_modules/extra/dist/provider.mjs',
        ],
        warnings: [],
      })
    },
  )

  test('H-25: of two packages with one provider neither is taken, and both are named', async () => {
    const files = {
      ...acme(),
      ...acme('@other/acme'),
      'package.json': project('acme', '@other/acme'),
    }
    const problem =
      'they all have a provider `acme`; list the one that is meant in `providers` of evals().'
    expect(await found(files)).toEqual({
      providers: [`acme of package acme and package @other/acme: problem: ${problem}`],
      warnings: [`package acme and package @other/acme: ${problem}`],
    })
    expect(await found(files, { listed: ['@other/acme'] })).toEqual({
      providers: [
        'listed acme of package @other/acme: /node_modules/@other/acme/dist/provider.mjs',
      ],
      warnings: [],
    })
  })

  test('`discover: false` finds nothing', async () => {
    const files = { ...acme(), 'package.json': project('acme') }
    expect((await found(files, { discover: false })).providers).toEqual([])
  })
})

describe('E-14: a broken package is a warning that names it, and the others are found', () => {
  test.for([
    [
      'a manifest that is no JSON',
      '{ "name": ',
      /^package broken: \/node_modules\/broken\/package\.json cannot be read: .*JSON/,
      undefined,
    ],
    [
      'a manifest that is a list',
      '[]',
      'package broken: /node_modules/broken/package.json cannot be read: it is no object',
      undefined,
    ],
    [
      'assay as a text',
      { assay: './provider' },
      'package broken: `assay` of its package.json: expected an object, as { "providers": { "acme": "./provider" } }.',
      undefined,
    ],
    [
      'providers as a list',
      { assay: { providers: ['./provider'] } },
      'package broken: `assay` of its package.json: expected an object, as { "providers": { "acme": "./provider" } }.',
      undefined,
    ],
    [
      'a name that no variable can begin with',
      { assay: { providers: { 'Acme/2': './provider' } } },
      'package broken: the provider "Acme/2" of its package.json: a name has lower-case letters, digits, dashes and underscores.',
      'Acme/2',
    ],
    [
      'a subpath that is a number',
      { assay: { providers: { own: 7 } } },
      'package broken: `assay.providers.own` of its package.json: expected one of its `exports`, as "./provider".',
      'own',
    ],
    [
      'a subpath that leads out of it',
      { assay: { providers: { own: '../acme/dist/provider.mjs' } } },
      'package broken: `assay.providers.own` of its package.json: expected one of its `exports`, as "./provider".',
      'own',
    ],
    [
      'a subpath that is not exported',
      { exports: { '.': './index.js' }, assay: { providers: { own: './provider' } } },
      'package broken: `./provider` is not in `exports` of its package.json.',
      'own',
    ],
    [
      'a file that is missing',
      { assay: { providers: { own: './provider.mjs' } } },
      'package broken: there is no file /node_modules/broken/provider.mjs, which `./provider.mjs` of its package.json leads to.',
      'own',
    ],
  ] as const)('%s', async ([, manifest, warning, name]) => {
    const files = {
      ...acme(),
      'package.json': project('broken', 'acme'),
      'node_modules/broken/package.json': manifest,
    }
    const { providers, warnings } = await found(files)
    expect(warnings).toEqual([warning instanceof RegExp ? expect.stringMatching(warning) : warning])
    expect(providers.toSorted()).toEqual(
      [
        ...(name ? [`${name} of ${warnings[0]!.replace(': ', ': problem: ')}`] : []),
        'acme of package acme: /node_modules/acme/dist/provider.mjs',
      ].toSorted(),
    )
  })

  test('a package.json of the project that cannot be read', async () => {
    const { providers, warnings } = await found({ 'package.json': '{' })
    expect(providers).toEqual([])
    expect(warnings).toEqual([
      expect.stringMatching(
        /^No providers were looked for: \/package\.json cannot be read: .*JSON/,
      ),
    ])
  })
})

describe('a list', () => {
  test('H-25: a package that is listed brings its providers, though it is no direct dependency', async () => {
    const files = { ...acme(), 'package.json': project() }
    expect((await found(files, { listed: ['acme'] })).providers).toEqual([
      'listed acme of package acme: /node_modules/acme/dist/provider.mjs',
    ])
  })

  test('what is listed is not discovered, and another package of the same name is not either', async () => {
    const files = { ...acme(), ...acme('other'), 'package.json': project('acme', 'other') }
    expect(await found(files, { listed: ['acme', 'acme'] })).toEqual({
      providers: ['listed acme of package acme: /node_modules/acme/dist/provider.mjs'],
      warnings: [],
    })
  })

  test('a file, a subpath and a package without a manifest are modules without a name yet', async () => {
    const files = {
      'package.json': project(),
      'own/provider.ts': '',
      'node_modules/@lab/all/package.json': { main: 'lib/main.js' },
      'node_modules/@lab/all/lib/main.js': '',
      'node_modules/@lab/all/other/one.js': '',
    }
    const listed = ['./own/provider.ts', 'own/provider.ts', '@lab/all', '@lab/all/other/one.js']
    expect((await found(files, { listed })).providers).toEqual([
      'listed null of ./own/provider.ts: /own/provider.ts',
      'listed null of own/provider.ts: /own/provider.ts',
      'listed null of package @lab/all: /node_modules/@lab/all/lib/main.js',
      'listed null of package @lab/all/other/one.js: /node_modules/@lab/all/other/one.js',
    ])
  })

  test('D-06: a path is the file, a name the package, and what is both is an error', async () => {
    const files = {
      ...acme('examples'),
      'node_modules/examples/acme.mjs': '',
      'node_modules/examples/package.json': { name: 'examples' },
      'examples/acme.mjs': '',
    }
    expect((await found(files, { listed: ['./examples/acme.mjs'] })).providers).toEqual([
      'listed null of ./examples/acme.mjs: /examples/acme.mjs',
    ])
    await expect(found(files, { listed: ['examples/acme.mjs'] })).rejects.toMatchObject({
      kind: 'config',
      message:
        'evals(): `providers`: "examples/acme.mjs": this is a package and a file; write "./examples/acme.mjs" for the file.',
    })
  })

  test.for([
    ['./missing.ts', /"\.\/missing\.ts": there is no file \/.*\/missing\.ts\.$/],
    [
      'missing',
      /"missing": there is no such package, and no file \/.*\/missing; is it installed\?$/,
    ],
    ['broken', /\/.*\/broken\/package\.json cannot be read: .*JSON/],
  ] as const)('%s, which is not there, is an error at once', async ([entry, message]) => {
    const files = { 'node_modules/broken/package.json': '{' }
    await expect(found(files, { listed: [entry] })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(message) as string,
    })
  })
})
