import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLogEnd } from '../../../src/server/log/end.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function logWith(text: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'server.log')
  await writeFile(path, text)
  return path
}

test('the end of a log is its last lines that are not empty', async () => {
  const path = await logWith('one\n\ntwo\n   \nthree\nfour')
  expect(await readLogEnd(path, 3)).toEqual(['two', 'three', 'four'])
  expect(await readLogEnd(path)).toEqual(['one', 'two', 'three', 'four'])
})

test('50 lines are read where no number is given', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index}`)
  expect(await readLogEnd(await logWith(`${lines.join('\n')}\n`))).toEqual(lines.slice(10))
})

test('of a progress bar the last state is read, and of Windows the line', async () => {
  const path = await logWith('shards:  20% | 1/5\rshards:  40% | 2/5\r\nloaded\r\n\r\n')
  expect(await readLogEnd(path)).toEqual(['shards:  40% | 2/5', 'loaded'])
})

test('colours and other control sequences are taken off', async () => {
  const path = await logWith('\u{1b}[0;36m(EngineCore pid=7)\u{1b}[0;0m \u{1b}[31mERROR\u{1b}[0m\n')
  expect(await readLogEnd(path)).toEqual(['(EngineCore pid=7) ERROR'])
})

test('of a large log only whole lines of the end are read', async () => {
  const line = 'ä'.repeat(5000)
  const path = await logWith(`${`${line}\n`.repeat(100)}last\n`)
  const lines = await readLogEnd(path, 1000)
  expect(lines.at(-1)).toBe('last')
  expect(lines.length).toBeGreaterThan(20)
  expect(lines.length).toBeLessThan(100)
  expect(new Set(lines)).toEqual(new Set([line, 'last']))
})

test('bytes that are no text do not matter', async () => {
  const path = await logWith(new Uint8Array([0xff, 0xfe, 0x0a, 0x6f, 0x6b, 0x0a]))
  expect((await readLogEnd(path)).at(-1)).toBe('ok')
})

test('a log that is empty or not there has no lines', async () => {
  const path = await logWith('')
  expect(await readLogEnd(path)).toEqual([])
  expect(await readLogEnd(`${path}.1`)).toEqual([])
})
