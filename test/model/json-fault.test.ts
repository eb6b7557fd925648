import { expect, test } from 'vitest'
import { positionOfFault } from '../../src/model/json-fault.ts'

test.for([
  ['{"a": 1,}', 8],
  ["{'a': 1}", 1],
  ['{"a": tru}', 9],
  ['[1, 2', 5],
  ['{"a": "never ends', 17],
  ['{', 1],
  ['', 0],
  ['{"a": 0.0-2.0}', 9],
  ['{"a": 1} x', 9],
  ['{"a": "line\nbreak"}', 11],
  ['{"a": "\\x"}', 8],
  ['nul', 3],
  ['x', 0],
] as const)('%j is no JSON from its character %d on', ([text, position]) => {
  expect(() => JSON.parse(text) as unknown).toThrow()
  expect(positionOfFault(text)).toBe(position)
})
