import { expect } from 'vitest'
import type { ErrorKind } from '../model/error.ts'
import { failureOf, ways } from './outcome.ts'
import type { Stage } from './stage.ts'

/** Fails where one of the ways to call a model ends in anything but an error of this kind. */
export async function expectKind(kind: ErrorKind, what: string, stage: Stage): Promise<void> {
  const kinds: Record<string, ErrorKind> = {}
  const expected: Record<string, ErrorKind> = {}
  for (const [way, call] of Object.entries(ways)) {
    const error = await failureOf(`${way} ${what}`, stage.inTime(way, call(stage.model)))
    kinds[way] = error.kind
    expected[way] = kind
  }
  expect(kinds, `kinds of the errors ${what}`).toEqual(expected)
}
