import { expect, test } from 'vitest'
import { retryAfterMs } from '../../src/request/retry-after.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

test.for([
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': '0.25' }, 250],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' }, 90_000],
  [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:00 GMT' }, 0],
  [{ 'retry-after-ms': '290', 'retry-after': '2' }, 290],
  [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2000],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{}, undefined],
] as const)('R-33: %j asks to wait %s ms', ([headers, expected]) => {
  expect(retryAfterMs(new Headers(headers), now)).toBe(expected)
})
