import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test as base } from 'vitest'
import { jsonl } from '../../src/dataset/jsonl.ts'

const test = base.extend('folder', async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-jsonl-'))
  onCleanup(() => rm(folder, { recursive: true }))
  return folder
})

test('each line is a row, with file and line', async ({ folder }) => {
  await writeFile(join(folder, 'a.jsonl'), '{"n":1}\n[2]\n"three"\nnull\n')
  expect(await Array.fromAsync(jsonl('a.jsonl').open(folder))).toEqual([
    { value: { n: 1 }, where: 'a.jsonl:1' },
    { value: [2], where: 'a.jsonl:2' },
    { value: 'three', where: 'a.jsonl:3' },
    { value: null, where: 'a.jsonl:4' },
  ])
})

test('the last line needs no newline', async ({ folder }) => {
  expect(await read(folder, '1\n2')).toEqual([1, 2])
  expect(await read(folder, '1')).toEqual([1])
})

test('blank lines are skipped, and counted', async ({ folder }) => {
  await writeFile(join(folder, 'a.jsonl'), '\n1\n\n  \t\n2\n\n\n')
  expect(await Array.fromAsync(jsonl('a.jsonl').open(folder))).toEqual([
    { value: 1, where: 'a.jsonl:2' },
    { value: 2, where: 'a.jsonl:5' },
  ])
})

test('lines may end as on Windows', async ({ folder }) => {
  expect(await read(folder, '{"a":"x"}\r\n\r\n{"a":"y"}\r\n{"a":"z"}\r')).toEqual([
    { a: 'x' },
    { a: 'y' },
    { a: 'z' },
  ])
})

test('a byte order mark is no part of the first row, and stays inside of texts', async ({
  folder,
}) => {
  expect(await read(folder, '\uFEFF{"a":1}\n{"a":"\uFEFFb"}')).toEqual([{ a: 1 }, { a: '\uFEFFb' }])
  expect(await read(folder, '\uFEFF')).toEqual([])
})

test('a byte order mark where a chunk of the file begins stays too', async ({ folder }) => {
  const text = `${'x'.repeat(65_535)}\uFEFF`
  expect(await read(folder, JSON.stringify(text))).toEqual([text])
})

test('line separators of Unicode inside of a text do not end the line', async ({ folder }) => {
  expect(await read(folder, '{"a":"x\u2028y\u2029z\u0085"}\n')).toEqual([
    { a: 'x\u2028y\u2029z\u0085' },
  ])
})

test('an empty file has no rows', async ({ folder }) => {
  expect(await read(folder, '')).toEqual([])
  expect(await read(folder, '\n\n')).toEqual([])
})

test('characters of several bytes are whole wherever a chunk ends', async ({ folder }) => {
  const rows = Array.from({ length: 5000 }, (_, n) => ({ n, text: 'é語😀'.repeat(n % 13) }))
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  expect(Buffer.byteLength(text)).toBeGreaterThan(5 * 65_536)
  for (const shift of ['', ' ', '  ', '   ']) expect(await read(folder, shift + text)).toEqual(rows)
})

test('a line may be longer than a chunk', async ({ folder }) => {
  const long = '語'.repeat(200_000)
  expect(await read(folder, `["before"]\n["${long}"]\n["after"]`)).toEqual([
    ['before'],
    [long],
    ['after'],
  ])
})

test('a line that is no JSON is an error with file and line, after the rows before it', async ({
  folder,
}) => {
  await writeFile(join(folder, 'a.jsonl'), '{"n":1}\n\n{"n":2\n{"n":3}\n')
  const rows = jsonl('a.jsonl').open(folder)[Symbol.asyncIterator]()
  expect(await rows.next()).toMatchObject({ value: { value: { n: 1 } } })
  await expect(rows.next()).rejects.toMatchObject({
    kind: 'config',
    message: `a.jsonl:3: expected one JSON value per line: ${parseMessage('{"n":2')}`,
    cause: expect.any(SyntaxError) as SyntaxError,
  })
  expect(await rows.next()).toEqual({ done: true, value: undefined })
})

test('two values on a line are an error', async ({ folder }) => {
  await expect(read(folder, '{} {}\n')).rejects.toMatchObject({
    message: `a.jsonl:1: expected one JSON value per line: ${parseMessage('{} {}')}`,
  })
})

test('a file that is not there is an error that says where it was looked for', async ({
  folder,
}) => {
  await expect(Array.fromAsync(jsonl('none.jsonl').open(folder))).rejects.toMatchObject({
    kind: 'config',
    message:
      `none.jsonl: there is no such file (${join(folder, 'none.jsonl')}). ` +
      'A relative path starts at the folder of the eval file.',
    cause: { code: 'ENOENT' },
  })
})

test('a folder in the place of a file is an error', async ({ folder }) => {
  await expect(Array.fromAsync(jsonl('.').open(folder))).rejects.toMatchObject({
    kind: 'config',
    message:
      `.: EISDIR: illegal operation on a directory, read (${folder}). ` +
      'A relative path starts at the folder of the eval file.',
  })
})

test('a URL and an absolute path are read wherever the eval lies', async ({ folder }) => {
  const path = join(folder, 'a.jsonl')
  await writeFile(path, '1\n')
  for (const dataset of [jsonl(path), jsonl(pathToFileURL(path))]) {
    expect(dataset.name).toBe(path)
    expect(await Array.fromAsync(dataset.open('/nowhere'))).toEqual([
      { value: 1, where: `${path}:1` },
    ])
  }
})

test('outside of foreach a relative path starts at the working directory', async ({ folder }) => {
  const path = join(folder, 'a.jsonl')
  await writeFile(path, '1\n2\n')
  expect(await Array.fromAsync(jsonl(relative(process.cwd(), path)))).toEqual([1, 2])
})

test('two readings at once do not disturb each other', async ({ folder }) => {
  await writeFile(join(folder, 'a.jsonl'), '1\n2\n3\n')
  const dataset = jsonl(join(folder, 'a.jsonl'))
  const first = dataset[Symbol.asyncIterator]()
  await first.next()
  expect(await Array.fromAsync(dataset)).toEqual([1, 2, 3])
  expect(await first.next()).toEqual({ done: false, value: 2 })
  await first.return?.()
})

test('a reader may leave in the middle of a file and rows of one chunk', async ({ folder }) => {
  await writeFile(join(folder, 'a.jsonl'), '1\n2\n3\nno JSON\n')
  const seen: number[] = []
  for await (const n of jsonl<number>(join(folder, 'a.jsonl'))) {
    seen.push(n)
    if (n === 2) break
  }
  expect(seen).toEqual([1, 2])
})

async function read(folder: string, content: string): Promise<unknown[]> {
  await writeFile(join(folder, 'a.jsonl'), content)
  const rows = await Array.fromAsync(jsonl('a.jsonl').open(folder))
  return rows.map(({ value }) => value as unknown)
}

/** What this Node says of the text; it differs between versions. */
function parseMessage(text: string): string {
  try {
    JSON.parse(text)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('expected an error of JSON.parse')
}
