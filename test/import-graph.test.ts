import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'

const run = promisify(execFile)

/** Prints what Node loads for an import, by URL. */
const recorder = `
  import { registerHooks } from 'node:module'
  const urls = []
  registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
  await import(process.argv[2])
  console.log(JSON.stringify(urls))
`

async function loadedBy(specifier: string): Promise<string[]> {
  await using project = await createProject({ 'record.mjs': recorder })
  const { stdout } = await run(process.execPath, ['record.mjs', specifier], { cwd: project.folder })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as string[]
}

/** Packages that only some users have, and those that only some runs need. */
const late = [
  'openai',
  '@anthropic-ai/sdk',
  'node-llama-cpp',
  'redis',
  'undici',
  'yaml',
  '@pydantic/genai-prices',
]

test.for(['vitest-assay', 'vitest-assay/config'])(
  'importing %s loads no SDK',
  async (specifier) => {
    const urls = await loadedBy(specifier)
    expect(urls.some((url) => url.includes('/vitest-assay/dist/'))).toBe(true)
    const loaded = late.filter((name) => urls.some((url) => url.includes(`/node_modules/${name}/`)))
    expect(loaded).toEqual([])
  },
)
