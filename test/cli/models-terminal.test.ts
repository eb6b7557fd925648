import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type Project } from '../support/project.ts'
import {
  CTRL_C,
  DOWN,
  ENTER,
  hasTerminal,
  openTerminal,
  type Terminal,
} from '../support/terminal.ts'
import { program, runAssay } from './run-assay.ts'

const handler = `
export class Echo {
  constructor({ prefix, apiKey }) {
    this.prefix = prefix
    this.apiKey = apiKey
  }
  generate(prompt) {
    return { text: this.prefix + prompt + ' ' + this.apiKey.length }
  }
}
`
const evaluation = `
import { foreach } from 'vitest-assay'
foreach(['one'], { models: ['my-echo'] })('echoes', async (prompt, { model }) => {
  const { text } = await model.generate(prompt)
  return text === '> one 12'
})
`

function add(project: Project, ...words: string[]): Terminal {
  return openTerminal([process.execPath, program, 'models', 'add', ...words], {
    cwd: project.folder,
  })
}

describe.runIf(hasTerminal)('at a terminal', () => {
  let project: Project

  beforeAll(async () => {
    project = await createProject({ 'echo.mjs': handler, 'echo.eval.ts': evaluation })
  })

  afterAll(() => project[Symbol.asyncDispose]())

  test('D-07: Ctrl-C at a question writes nothing, and is exit code 130', async () => {
    using terminal = add(project, 'my-echo')
    await terminal.answer('Where it comes from', CTRL_C)
    const { exitCode, output } = await terminal.ended()
    expect(output).toContain('Nothing was written.')
    expect(output).not.toContain('error:')
    expect(exitCode).toBe(130)
    await expect(project.read('assay.config.yaml')).rejects.toThrow('ENOENT')
  })

  test('D-07: what is added by answers at a terminal is listed, and an eval runs on it by its short name', async () => {
    using terminal = add(project)
    await terminal.answer('Its name', `../x${ENTER}`)
    await terminal.answer('the name of a model begins with', `${'\u007f'.repeat(4)}my-echo${ENTER}`)
    await terminal.answer('Where it comes from', DOWN + ENTER)
    await terminal.answer('Its module', `./eco.mjs${ENTER}`)
    await terminal.answer('Did you mean "./echo.mjs"?', `${'\u007f'.repeat(5)}ho.mjs${ENTER}`)
    await terminal.answer('Export to use', `Echo${ENTER}`)
    await terminal.answer('Parameter: its name', `prefix${ENTER}`)
    await terminal.answer('Value of prefix', `> ${ENTER}`)
    await terminal.answer('Parameter: its name', `apiKey${ENTER}`)
    await terminal.answer('Variable of the environment that holds apiKey', `_OF_ECHO${ENTER}`)
    await terminal.answer('Parameter: its name', ENTER)
    await terminal.answer('Version', `1.0${ENTER}`)
    const { exitCode, output } = await terminal.ended()
    expect(output).toContain('Added my-echo (custom/my-echo) in assay.config.yaml:2:5.')
    expect(exitCode).toBe(0)
    expect(await project.read('assay.config.yaml')).toBe(
      [
        'models:',
        '  - name: my-echo',
        '    module: ./echo.mjs',
        '    export: Echo',
        '    params:',
        '      prefix: "> "',
        '      apiKey: ${API_KEY_OF_ECHO}',
        '    version: "1.0"',
        '',
      ].join('\n'),
    )

    const env = { API_KEY_OF_ECHO: 'k-1234567890' }
    const list = await runAssay(['models', 'list', '--json'], { cwd: project.folder, env })
    expect(JSON.parse(list.stdout)).toMatchObject({
      version: 1,
      models: [
        {
          spec: 'custom/my-echo',
          name: 'my-echo',
          origins: ['assay.config.yaml:2:5'],
          keys: [{ variable: 'API_KEY_OF_ECHO', value: '…(12 chars)' }],
          problem: null,
        },
      ],
    })

    const run = await project.vitest({ env })
    expect(run.output).not.toContain('k-1234567890')
    const [row] = await project.rows()
    expect({ outcome: row?.outcome, scores: row?.scores }).toMatchObject({ outcome: 'scored' })
    expect(run.exitCode).toBe(0)
  })
})
