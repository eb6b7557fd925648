import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'
import { broken } from './acme/broken.ts'

const files = await Promise.all(
  ['acme.ts', 'broken.ts', 'contract.ts'].map(async (name) => {
    const url = new URL(`acme/${name}`, import.meta.url)
    return [name, await readFile(url, 'utf8')] as const
  }),
)

/** A test file for each provider, as its author writes it. */
function testOf(name: string): [string, string] {
  return [
    `${name}.test.ts`,
    `import { testProvider } from 'vitest-assay/testing'
     import { broken } from './broken.ts'
     import { contract } from './contract.ts'
     testProvider(broken['${name}'].provider, contract)`,
  ]
}

interface JsonReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly title: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

test('each broken provider fails the checks of what is wrong with it, and no other', async () => {
  await using project = await createProject({
    ...Object.fromEntries(files),
    ...Object.fromEntries(Object.keys(broken).map(testOf)),
    'vitest.config.ts': 'export default {}',
  })
  await project.vitest({ args: ['--reporter=json', '--outputFile=report.json'] })
  const report = JSON.parse(await project.read('report.json')) as JsonReport
  const failed = report.testResults.map(({ name, assertionResults }) => [
    /([^/]+)\.test\.ts$/.exec(name)?.[1],
    assertionResults
      .filter(({ status }) => status !== 'passed')
      .map(({ title }) => title.split(':')[0]),
  ])
  console.log(
    report.testResults
      .flatMap(({ name, assertionResults }) =>
        assertionResults
          .filter(({ status }) => status !== 'passed')
          .map(
            ({ title, failureMessages }) =>
              `${name.split('/').at(-1)} ${title}\n   ${failureMessages.join('\n').split('\n    at ')[0]}`,
          ),
      )
      .join('\n'),
  )
  const expected = Object.entries(broken).map(([name, { fails }]) => [name, fails])
  expect(Object.fromEntries(failed)).toEqual(Object.fromEntries(expected))
})
