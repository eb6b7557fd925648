import { expect, test } from 'vitest'
import { layersOf } from '../../../providers/llama-cpp/load.ts'

test('H-17: -1 layers for the GPU are all of them', () => {
  expect([-1, 0, 12, 'auto' as const].map(layersOf)).toEqual(['max', 0, 12, 'auto'])
})
