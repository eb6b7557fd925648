import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Gpu, readGpus, selectGpus, untilReleased } from '../../src/server/gpu.ts'
import { temporaryFolder } from './temporary-folder.ts'

const gpu = (index: string, usedGb: number): Gpu => ({
  index,
  uuid: `GPU-${index}${index}${index}`,
  totalGb: 24,
  usedGb,
  freeGb: 24 - usedGb,
})

/** A PATH on which `nvidia-smi` is this script. */
async function pathWith(script: string) {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { PATH: folder, SOMETHING: undefined }
}

test('the GPUs are those that nvidia-smi shows, in GB of 10⁹ bytes', async () => {
  const env =
    await pathWith(`[ "$*" = "--query-gpu=index,uuid,memory.total,memory.used,memory.free \
--format=csv,noheader,nounits" ] || exit 1
echo "0, GPU-8932f937, 24576, 2048, 22528"
echo "1, GPU-1f2e3d4c, 24576, 0, 24576"`)
  const gb = 2 ** 30 / 1e9
  expect(await readGpus(env)).toEqual([
    { index: '0', uuid: 'GPU-8932f937', totalGb: 24 * gb, usedGb: 2 * gb, freeGb: 22 * gb },
    { index: '1', uuid: 'GPU-1f2e3d4c', totalGb: 24 * gb, usedGb: 0, freeGb: 24 * gb },
  ])
})

test('a GPU that does not tell its memory is left out', async () => {
  const env = await pathWith(`echo "0, GPU-0, [N/A], [N/A], [N/A]"
echo "1, GPU-1, 1024, 0, 1024"
echo "something else"`)
  expect((await readGpus(env))?.map(({ index }) => index)).toEqual(['1'])
})

test('without nvidia-smi, or with one that fails, the GPUs are not known', async () => {
  expect(await readGpus({ PATH: await temporaryFolder() })).toBeNull()
  expect(await readGpus(await pathWith('echo "0, GPU-0, 1, 1, 1"; exit 9'))).toBeNull()
})

test('GPUs are chosen by index or the beginning of a UUID, without ids all', () => {
  const gpus = [gpu('0', 0), gpu('1', 0), gpu('2', 0)]
  const chosen = (...ids: string[]) => selectGpus(gpus, ids).map(({ index }) => index)
  expect(chosen()).toEqual(['0', '1', '2'])
  expect(chosen('2', '0')).toEqual(['0', '2'])
  expect(chosen('GPU-11')).toEqual(['1'])
  expect(chosen('7')).toEqual([])
})

/** What the two GPUs use each time that they are read; then what they used first, for ever. */
function readings(...used: readonly (readonly [first: number, second: number])[]) {
  let count = 0
  const read = async () => {
    const [first, second] = used[count++] ?? used[0]!
    return [gpu('0', first), gpu('1', second)]
  }
  return { read, count: () => count }
}

const before = [gpu('0', 1), gpu('1', 1)]
const boundMs = 3000

test('memory is waited for until it is back at its level and 512 MiB', async () => {
  const { read, count } = readings([20, 20], [1.5, 20], [1.6, 1.5], [1.5, 1.5])
  await untilReleased({ isClosing: () => false, before, ids: [], read, boundMs })
  expect(count()).toBe(4)
})

test('memory of other GPUs is not waited for', async () => {
  const { read, count } = readings([20, 20], [20, 1])
  await untilReleased({ isClosing: () => false, before, ids: ['1'], read, boundMs })
  expect(count()).toBe(2)
})

test('nobody waits where GPUs are not known any more', async () => {
  let count = 0
  const read = async () => (count++, null)
  await untilReleased({ isClosing: () => false, before, ids: [], read, boundMs })
  expect(count).toBe(1)
})

test('memory that does not come back is not waited for longer than the bound', async () => {
  const { read, count } = readings([20, 20])
  await untilReleased({ isClosing: () => false, before, ids: [], read, boundMs: 30 })
  expect(count()).toBeGreaterThan(0)
})

test('memory that somebody else has taken meanwhile is not waited for', async () => {
  const used = [[20, 20], [9, 20], ...Array.from({ length: 40 }, () => [9, 9] as const)] as const
  const { read, count } = readings(...(used as readonly (readonly [number, number])[]))
  await untilReleased({ isClosing: () => false, before, ids: [], read, boundMs: 60_000 })
  expect(count()).toBeLessThan(15)
})

test('when the run is over nobody waits for memory', async () => {
  const { read, count } = readings([20, 20])
  await untilReleased({ isClosing: () => count() > 1, before, ids: [], read, boundMs: 60_000 })
  expect(count()).toBe(2)
})
