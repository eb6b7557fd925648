import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { builtIn } from '../../providers/index.ts'

test('the options of each built-in provider are among those that specs are typed by', async () => {
  const source = await readFile(
    new URL('../../providers/provider-options.ts', import.meta.url),
    'utf8',
  )
  const presets = [...source.matchAll(/^ {2}\| '([\w-]+)'$/gm)]
  const entries = [...source.matchAll(/^ {4}'?([\w-]+)'?: \w+$/gm)]
  const typed = [...presets, ...entries].map(([, name]) => name!)
  expect(typed.toSorted()).toEqual(builtIn.map(({ name }) => name).toSorted())
})
