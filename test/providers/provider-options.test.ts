import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { builtIn } from '../../providers/built-in.ts'

test('the options of each built-in provider are among those that specs are typed by, as they are built', async () => {
  const built = new URL('../../dist/index.d.mts', import.meta.url)
  const types = await readFile(built, 'utf8')
  const presets = /type PresetName = (.+);/.exec(types)?.[1] ?? ''
  const declared = types.matchAll(
    /declare module "vitest-assay" \{\s+interface ProviderOptions (?:extends Record<(PresetName),|\{\s+"?([\w-]+)"?: \w+;)/g,
  )
  const typed = [...declared].flatMap(([, preset, name = '']) =>
    preset ? [...presets.matchAll(/"([\w-]+)"/g)].map(([, one]) => one!) : [name],
  )
  expect(typed.toSorted()).toEqual(builtIn.map(({ name }) => name).toSorted())
})
