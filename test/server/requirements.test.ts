import { expect, test } from 'vitest'
import type { ServerRequirements } from '../../src/model/lease.ts'
import type { Gpu } from '../../src/server/gpu.ts'
import { requireMemory } from '../../src/server/requirements.ts'

const gpus: Gpu[] = [
  { index: '0', uuid: 'GPU-a', totalGb: 25.77, usedGb: 20, freeGb: 5.77 },
  { index: '1', uuid: 'GPU-b', totalGb: 25.77, usedGb: 1, freeGb: 24.77 },
]
const machine = { availableMemory: () => 8_040_000_000, gpus }

function need(requirements: ServerRequirements, ...ids: string[]) {
  return { provider: 'vllm', model: 'some/model', requirements, gpus: ids }
}

test.for([
  [need({})],
  [need({ memoryGb: 8.04 })],
  [need({ gpuMemoryGb: 24.7 })],
  [need({ gpuMemoryGb: 24.7 }, '1')],
  [need({ gpuMemoryGb: 5 }, '0', 'GPU-b')],
] as const)('what is there is enough: %j', ([wanted]) => {
  expect(() => requireMemory(wanted, machine)).not.toThrow()
})

test.for([
  [need({ memoryGb: 8.1 }), 'it requires 8.1 GB, and this machine has 8.04 GB free'],
  [need({ gpuMemoryGb: 6 }, '0', '1'), 'it requires 6 GB, and GPU 0 has 5.77 GB of 25.8 GB free'],
  [need({ gpuMemoryGb: 25 }), 'it requires 25 GB, and GPU 1 has 24.8 GB of 25.8 GB free'],
  [need({ gpuMemoryGb: 1 }, '0', '7'), 'there is no GPU 7 here; nvidia-smi shows 0, 1'],
] as const)('O-19: what is missing is said with both numbers: %j', ([wanted, said]) => {
  expect(() => requireMemory(wanted, machine)).toThrow(
    expect.objectContaining({
      kind: 'setup',
      provider: 'vllm',
      message: expect.stringMatching(new RegExp(String.raw`^vllm: some/model: ${said}\.`)),
    }),
  )
})

test('O-19: GPU memory without nvidia-smi cannot be checked, and that is said', () => {
  const wanted = need({ gpuMemoryGb: 1 })
  const unknown = { ...machine, gpus: null }
  expect(() => requireMemory(wanted, unknown)).toThrow(
    '1 GB of GPU memory, which cannot be checked',
  )
  expect(() => requireMemory(wanted, { ...machine, gpus: [] })).toThrow('there is no GPU here')
  expect(() => requireMemory(need({ memoryGb: 1 }), unknown)).not.toThrow()
})

test('the free memory of this machine is what Node says', () => {
  const everything = need({ memoryGb: 1e9 })
  expect(() => requireMemory(everything, { gpus: null })).toThrow('this machine has')
  expect(() => requireMemory(need({ memoryGb: 0.001 }), { gpus: null })).not.toThrow()
})
