import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/file/load.ts'
import { startChaosServer } from '../support/chaos-server.ts'
import { type Handler, serve } from '../support/http-server.ts'
import { createProject, type Ended, type Project } from '../support/project.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const names = [
  'README.md',
  ...(await readdir(join(root, 'docs')))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

interface Page {
  readonly name: string
  readonly text: string
  readonly files: Readonly<Record<string, string>>
  /** Where its files are, beside those of other pages. */
  readonly folder: string
}

const pages: readonly Page[] = await Promise.all(
  names.map(async (name, index) => {
    const text = await readFile(join(root, name), 'utf8')
    return { name, text, files: filesOf(text), folder: `page-${index}` }
  }),
)

/** The code blocks of a page that begin with a file name: each is that file. */
function filesOf(text: string): Record<string, string> {
  const blocks = text.matchAll(/^```(?:ts|jsonl)\n\/\/ (?<name>\S+)\n(?<code>[^]*?)^```$/gm)
  return Object.fromEntries([...blocks].map(({ groups }) => [groups!['name']!, groups!['code']!]))
}

/** The files of pages, each page's in its folder. */
function filesIn(some: readonly Page[]): Record<string, string> {
  const entries = some.flatMap(({ files, folder }) =>
    Object.entries(files).map(([name, code]) => [`${folder}/${name}`, code] as const),
  )
  return Object.fromEntries(entries)
}

test('the snippets of all pages compile', async () => {
  // a compiler for each page would take longer than all the rest
  const files = filesIn(pages)
  expect(Object.keys(files).length).toBeGreaterThan(pages.length)
  await using project = await createProject({ ...files, 'tsconfig.json': tsconfig })
  expectSuccess(project.folder, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
})

const evalsOf = ({ files }: Page) => Object.keys(files).filter((name) => name.endsWith('.eval.ts'))
const hasConfig = ({ files }: Page) => Object.hasOwn(files, 'vitest.config.ts')

function expectComplete({ text, files }: Page): void {
  expect(Object.keys(files)).toHaveLength([...text.matchAll(/^```(?:ts|jsonl)$/gm)].length)
}

describe('pages with a Vitest config', () => {
  test.for(pages.filter(hasConfig))('the snippets of $name run', async (page) => {
    expectComplete(page)
    await using project = await createProject(page.files)
    const { exitCode, output } = await runEvals(project, '.')
    expect(exitCode, output).toBe(0)
    expectProgramsToRun(project.folder, page)
  })
})

describe('pages whose evals need no other config than the plugin', () => {
  const plain = pages.filter((page) => !hasConfig(page))
  let project: Project
  let run: Ended

  beforeAll(async () => {
    project = await createProject(filesIn(plain))
    run = await runEvals(project, ...plain.map(({ folder }) => folder))
    return () => project[Symbol.asyncDispose]()
  })

  test.for(plain)('the snippets of $name run', (page) => {
    expectComplete(page)
    expect(run.exitCode, run.output).toBe(0)
    for (const name of evalsOf(page)) {
      expect(run.output).toContain(`✓ |evals| ${page.folder}/${name} `)
    }
    expectProgramsToRun(join(project.folder, page.folder), page)
  })
})

/** Runs the evals of a project that has the bundled model in these folders. */
async function runEvals(project: Project, ...folders: string[]): Promise<Ended> {
  for (const folder of folders) {
    const place = join(project.folder, folder, 'models')
    await mkdir(place, { recursive: true })
    await copyFile(join(root, 'evals/models/tiny-chat.gguf'), join(place, 'tiny-chat.gguf'))
  }
  await using server = await startChaosServer({ text: answer, models })
  await using ollama = await serve(answerAsOllama)
  return await project.vitest({ env: { ...envOf(server), OLLAMA_API_BASE: ollama.url } })
}

function expectProgramsToRun(folder: string, { files }: Page): void {
  for (const name of Object.keys(files).filter((one) => /^without[\w-]*\.ts$/.test(one))) {
    expectSuccess(folder, name)
  }
}

test.for(pages)('the YAML of $name is a configuration file', async ({ text }) => {
  const blocks = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)]
  await using project = await createProject({})
  for (const [index, [, yaml = '']] of blocks.entries()) {
    const path = join(project.folder, `${index}.yaml`)
    await writeFile(path, yaml)
    expect(loadConfig(path).warnings).toEqual([])
  }
})

/** What the vendors' models would say to the questions of the pages. */
function answer(question: string): string {
  if (question.includes('France')) return 'Paris'
  return question.includes('Japan') ? 'Tokyo' : '42'
}

/** Ollama has an API of its own. */
const answerAsOllama: Handler = ({ url, text }) => {
  if (url === '/api/tags') return { body: { models: [{ name: 'qwen3:latest' }] } }
  const message = { role: 'assistant', content: answer(text) }
  return { body: { model: 'qwen3', message, done: true, done_reason: 'stop' } }
}

/** What the local servers of the pages would list. */
const models = [
  'models/tiny-chat.gguf',
  'models/qwen3-4b.gguf',
  'Qwen/Qwen3-4B',
  'mlx-community/Qwen3-4B-4bit',
  'models/qwen3-4b.llamafile',
]

function envOf({ url }: { readonly url: string }): Record<string, string> {
  return {
    OPENAI_API_BASE: `${url}/v1`,
    OPENAI_API_KEY: 'test',
    ANTHROPIC_API_BASE: url,
    ANTHROPIC_API_KEY: 'test',
    LLAMA_SERVER_API_BASE: url,
    VLLM_API_BASE: url,
    COMMAND_API_BASE: url,
    ACME_URL: url,
  }
}

const tsconfig = JSON.stringify({
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    types: ['node'],
  },
  include: ['page-*/**/*.ts'],
})

function expectSuccess(folder: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(status, stdout + stderr).toBe(0)
}
