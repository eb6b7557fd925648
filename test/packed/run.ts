/**
 * Installs the packed package into empty projects beside each Vitest that it supports and uses it as a new
 * user would. Needs the npm registry. Ends with `N passed, N failed`.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { check, countChecks } from './checks.ts'
import { completionsIn } from './completions.ts'
import { acmeProvider, install, pack, vitests } from './install.ts'
import { managers, testUnder } from './managers.ts'
import { pluginFiles } from './plugin-files.ts'

const compilers = ['7.0.2', '5.9.3']

const files = {
  'package.json': '{ "private": true, "type": "module" }',
  ...pluginFiles,
  'sum.eval.ts': `
import { foreach } from 'vitest-assay'

async function upper(input: string): Promise<string> {
  return input.toUpperCase()
}

foreach([{ q: 'a', want: 'A' }, { q: 'b', want: 'X' }], { models: [upper] })(
  'upper-cases',
  async ({ q, want }, { model }) => {
    const response = await model.generate(q)
    return { right: response.text === want }
  },
).expect({ right: { mean: { atLeast: 0.5 } } })
`,
  'retry.eval.ts': `
import { foreach } from 'vitest-assay'
let attempts = 0
foreach(['quick', 'stuck'])('retries after a timeout', { timeout: 500, retry: 1 }, async (value) => {
  if (value === 'stuck' && attempts++ === 0) await new Promise(() => {})
  return true
})
`,
  'http.eval.ts': `
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test as base } from 'vitest'
import { createModel, defineProvider, foreachOf, modelFixture } from 'vitest-assay'

let requests = 0
const server = createServer((_request, response) => {
  if (requests++ === 1) response.writeHead(429, { 'retry-after-ms': '50' }).end('{}')
  else response.end(JSON.stringify({ text: 'ok' }))
}).listen(0, '127.0.0.1')
server.unref()

const own = defineProvider({
  name: 'own',
  setup: (name, _options, { request }) =>
    createModel({
      provider: 'own',
      name,
      async generate(_messages, { signal }) {
        const { port } = server.address() as AddressInfo
        const init = { method: 'POST', body: '{}', ...(signal && { signal }) }
        const response = await request('http://127.0.0.1:' + port, init)
        return { text: ((await response.json()) as { text: string }).text, costUsd: 0 }
      },
    }),
})
const foreach = foreachOf(base.extend('model', modelFixture(own, 'small')))
foreach([{ n: 1 }, { n: 2 }, { n: 3 }])('asks over HTTP', async (_row, { model }) => {
  return (await model.generate('x')).text === 'ok'
})
`,
  'contract.test.ts': `
import { createModel, defineProvider } from 'vitest-assay'
import { testProvider } from 'vitest-assay/testing'

const echo = defineProvider({
  name: 'echo',
  setup: (name) =>
    createModel({
      provider: 'echo',
      name,
      async generate(messages, { signal }) {
        signal?.throwIfAborted()
        return { text: 'echo ' + messages.at(-1)!.content, costUsd: 0 }
      },
    }),
})
testProvider(echo, { model: 'plain' })
`,
  'unit.test.ts': `
import { expect, test } from 'vitest'
test('a unit test of the project', () => expect(1).toBe(1))
`,
  'wrong-gate.ts': `
import { foreach } from 'vitest-assay'
foreach([1])('x', () => ({ right: 1 })).expect({ wrong: { mean: { atLeast: 1 } } })
`,
  'tsconfig.wrong.json': JSON.stringify({
    extends: './tsconfig.json',
    include: ['wrong-*.ts'],
    exclude: [],
  }),
}

async function write(folder: string): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}

interface Summary {
  readonly rows: number
  readonly scores: Readonly<Record<string, { readonly mean: number }>>
}

/** The evals of the newest run. */
async function summaries(folder: string): Promise<readonly Summary[]> {
  const runs = join(folder, '.assay/runs')
  const newest = (await readdir(runs)).toSorted().at(-1)!
  const text = await readFile(join(runs, newest, 'summary.json'), 'utf8')
  return (JSON.parse(text) as { evals: Summary[] }).evals
}

async function testBeside(
  vitest: string,
  [tarball, acme]: readonly [string, string],
  home: string,
): Promise<void> {
  const folder = join(home, vitest)
  await mkdir(folder)
  await write(folder)
  const run = (command: string, ...args: string[]) =>
    execa(command, args, {
      cwd: folder,
      reject: false,
      all: true,
      env: { NO_COLOR: '1', AI_AGENT: '', VITEST: undefined },
      preferLocal: false,
    })

  const installed = await install(folder, [tarball, acme, `vitest@${vitest}`, '@types/node@24'])
  check(`vitest ${vitest}: installs`, installed.exitCode === 0, installed.all)

  const evals = await run('npx', 'vitest', 'run', '--project', 'evals', 'sum')
  const [upper] = await summaries(folder)
  check(
    `vitest ${vitest}: an eval with a function as the model runs and is scored`,
    evals.exitCode === 0 && upper?.rows === 2 && upper.scores['right']?.mean === 0.5,
    evals.all,
  )

  const retry = await run('npx', 'vitest', 'run', '--project', 'evals', 'retry')
  const [retried] = await summaries(folder)
  check(
    `vitest ${vitest}: no pass with rows that never ran, after a timeout and a retry`,
    retry.exitCode === 0 ? retried?.rows === 2 : retried?.rows === 1,
    `${retry.all}\n${JSON.stringify(retried)}`,
  )

  const http = await run('npx', 'vitest', 'run', '--project', 'evals', 'http')
  const [asked] = await summaries(folder)
  check(
    `vitest ${vitest}: a provider of one's own gets its permits, and a 429 loses no row`,
    http.exitCode === 0 && asked?.rows === 3 && asked.scores['score']?.mean === 1,
    http.all,
  )

  const plugins = await run('npx', 'vitest', 'run', '--project', 'evals', 'plugin')
  const [ofPackage, ofFile] = await summaries(folder)
  check(
    `vitest ${vitest}: a package and a file bring providers`,
    plugins.exitCode === 0 && ofPackage?.rows === 2 && ofFile?.rows === 2,
    plugins.all,
  )

  const units = await run('npx', 'vitest', 'run')
  check(
    `vitest ${vitest}: a plain vitest runs the unit tests and no eval`,
    units.exitCode === 0 &&
      units.all.includes('unit.test.ts') &&
      units.all.includes('contract.test.ts') &&
      !units.all.includes('sum.eval.ts'),
    units.all,
  )

  for (const typescript of compilers) {
    await install(folder, [`typescript@${typescript}`])
    const types = await run('npx', 'tsc', '-p', '.')
    check(
      `vitest ${vitest}, typescript ${typescript}: types check with skipLibCheck off`,
      types.exitCode === 0,
      types.all,
    )
    const wrong = await run('npx', 'tsc', '-p', 'tsconfig.wrong.json')
    check(
      `vitest ${vitest}, typescript ${typescript}: a wrong score name in a gate is a compile error`,
      wrong.exitCode !== 0 && wrong.all.includes("'wrong' does not exist"),
      wrong.all,
    )
    check(
      `vitest ${vitest}, typescript ${typescript}: so is a wrong option of a package's provider`,
      wrong.all.includes("'shuot' does not exist in type 'AcmeOptions'") &&
        wrong.all.includes("'loud' does not exist in type 'AcmeOptions'"),
      wrong.all,
    )
  }

  const imports =
    "import type {} from 'acme-provider/provider'\nimport { foreach } from 'vitest-assay'\n"
  const specs = completionsIn(folder, `${imports}foreach([1], { models: ['|'] })`)
  const options = completionsIn(
    folder,
    `${imports}foreach([1], { models: [{ spec: 'acme/m', options: { | } }] })`,
  )
  check(
    `vitest ${vitest}: editors complete the names and options of providers`,
    specs.includes('openai/') && specs.includes('acme/') && options.includes('shout'),
    JSON.stringify({ specs, options }),
  )
}

const home = await mkdtemp(join(tmpdir(), 'vitest-assay-packed-'))
try {
  const tarballs = [await pack(home), await pack(home, acmeProvider)] as const
  for (const vitest of vitests) await testBeside(vitest, tarballs, home)
  for (const manager of managers) await testUnder(manager, tarballs, home)
} finally {
  await rm(home, { recursive: true, force: true })
}
const { passed, failed } = countChecks()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
