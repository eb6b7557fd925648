import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/file/load.ts'
import { startChaosServer } from '../support/chaos-server.ts'
import { type Handler, serve } from '../support/http-server.ts'
import { createProject, type Project } from '../support/project.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const pages = [
  'README.md',
  ...(await readdir(join(root, 'docs')))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** The code blocks of a page that begin with a file name: each is that file. */
function filesOf(page: string): Record<string, string> {
  const blocks = page.matchAll(/^```(?:ts|jsonl)\n\/\/ (?<name>\S+)\n(?<code>[^]*?)^```$/gm)
  return Object.fromEntries([...blocks].map(({ groups }) => [groups!['name']!, groups!['code']!]))
}

test('the snippets of all pages compile', async () => {
  // a compiler for each page would take longer than all the rest
  const files = await Promise.all(
    pages.map(async (page, index) => {
      const own = Object.entries(filesOf(await readFile(join(root, page), 'utf8')))
      return own.map(([name, code]) => [`page-${index}/${name}`, code] as const)
    }),
  )
  expect(files.flat().length).toBeGreaterThan(pages.length)
  await using project = await createProject({
    ...Object.fromEntries(files.flat()),
    'tsconfig.json': tsconfig,
  })
  expectSuccess(project, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
})

test.each(pages)('the snippets of %s run', async (page) => {
  const text = await readFile(join(root, page), 'utf8')
  const files = filesOf(text)
  const names = Object.keys(files)
  expect(names).toHaveLength([...text.matchAll(/^```(?:ts|jsonl)$/gm)].length)
  if (names.length === 0) return
  await using project = await createProject(files)
  await mkdir(join(project.folder, 'models'))
  await copyFile(
    join(root, 'evals/models/tiny-chat.gguf'),
    join(project.folder, 'models/tiny-chat.gguf'),
  )
  if (names.some((name) => name.endsWith('.eval.ts'))) {
    await using server = await startChaosServer({ text: answer, models })
    await using ollama = await serve(answerAsOllama)
    const env = { ...envOf(server), OLLAMA_API_BASE: ollama.url }
    const { exitCode, output } = await project.vitest({ env })
    expect(exitCode, output).toBe(0)
  }
  for (const name of names.filter((one) => /^[\w-]+\.ts$/.test(one) && one.startsWith('without'))) {
    expectSuccess(project, name)
  }
})

test.each(pages)('the YAML of %s is a configuration file', async (page) => {
  const text = await readFile(join(root, page), 'utf8')
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

function expectSuccess({ folder }: Project, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(status, stdout + stderr).toBe(0)
}
