import { expect, test } from 'vitest'
import { findServer, idLength } from '../../src/cli/server-ids.ts'
import { listed } from './listed.ts'

const one = listed('5b1e8f0c9a7d4e21')
const other = listed('5b1e8f0c9a7dffff')
const short = listed('5b1e')

test('ids are shown so far that all of them differ', () => {
  expect(idLength([one, listed('77aa8f0c9a7d4e21')])).toBe(8)
  expect(idLength([one, other])).toBe(13)
  expect(idLength([short, one])).toBe(8)
  expect(idLength([])).toBe(8)
})

test('a server is found by its id and by how only its id begins', () => {
  expect(findServer([one, other], '5b1e8f0c9a7d4e21')).toBe(one)
  expect(findServer([one, other], '5b1e8f0c9a7df')).toBe(other)
})

test('an id that another one begins with is still that server', () => {
  expect(findServer([one, short], '5b1e')).toBe(short)
})

test('what no id begins with is no server, nor is a text without characters', () => {
  expect(findServer([one, other], '4e21')).toBeUndefined()
  expect(findServer([one], '')).toBeUndefined()
})

test('the beginning of several ids is an error with as much of them as tells them apart', () => {
  expect(() => findServer([one, other], '5b')).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: 'The id "5b" could be 2 servers: 5b1e8f0c9a7d4, 5b1e8f0c9a7df. Give more of it.',
    }),
  )
})
