import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { llamaServer, testLlama } from '../support/llama-server.ts'

const run = promisify(execFile)
const docs = new URL('../../docs/', import.meta.url)
const page = await readFile(new URL('servers.md', docs), 'utf8')
const section = /^## GPU builds of llama\.cpp\n(?<text>[^]*?)(?=^## )/m.exec(page)!.groups!['text']!
const commands = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block]) =>
  block!.trim().split('\n'),
)

test('H-18: the guide says how llama.cpp is built for CUDA and for Metal, and where GGUF models are', () => {
  expect(commands).toEqual([
    'git clone https://github.com/ggml-org/llama.cpp',
    'cd llama.cpp',
    'cmake -B build -DGGML_CUDA=ON',
    'cmake --build build --config Release --target llama-server',
    'export LLAMA_SERVER_BIN=$PWD/build/bin/llama-server',
    'npx node-llama-cpp inspect gpu',
    'npx node-llama-cpp source download --gpu cuda',
    'npx node-llama-cpp source download --gpu metal',
  ])
  expect(section).toContain('-DGGML_METAL=ON')
  expect(section).toContain('https://huggingface.co/models?library=gguf')
})

test('H-18: the commands of node-llama-cpp are there', async () => {
  const cli = fileURLToPath(import.meta.resolve('node-llama-cpp')).replace(
    /index\.js$/,
    'cli/cli.js',
  )
  const helpOf = async (...words: string[]) =>
    (await run(process.execPath, [cli, ...words, '--help'])).stdout
  expect(await helpOf('inspect', 'gpu')).toContain('detected GPU types')
  expect(await helpOf('source', 'download')).toMatch(/--gpu .*"metal", "cuda"/s)
})

testLlama('H-18: llama-server lists its devices', async () => {
  const { stdout } = await run(llamaServer!, ['--list-devices'])
  expect(stdout).toContain('Available devices')
})

test('the pages of the guide that others lead to are there', async () => {
  const links = [...page.matchAll(/\]\((?<path>[^)#:]+)(?:#[^)]*)?\)/g)]
  expect(links.length).toBeGreaterThan(3)
  const missing = links.filter(({ groups }) => !existsSync(new URL(groups!['path']!, docs)))
  expect(missing).toEqual([])
})
