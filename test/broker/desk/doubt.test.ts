import { expect, test } from 'vitest'
import { Doubt } from '../../../src/broker/desk/doubt.ts'

function meet(doubt: Doubt, refusals: readonly (readonly [rate: number, accepted: number])[]) {
  return refusals.map(([rate, accepted]) => doubt.refused({ rate, accepted, isSoon: true }))
}

const nothing = Array<undefined>(5).fill(undefined)

test('refusals that come as often at half the rate are chance: the rate is restored, and some are tolerated', () => {
  const doubt = new Doubt()
  expect(doubt.tolerates()).toBe(false)
  const rates = meet(doubt, [
    [50, 20],
    [40, 25],
    [35, 12],
    [30, 22],
    [27, 18],
    [25, 15],
  ])
  expect(rates).toEqual([...nothing, 50])
  const tolerated = Array.from({ length: 25 }, () => doubt.tolerates())
  expect(tolerated).toEqual([...Array<boolean>(20).fill(true), ...Array<boolean>(5).fill(false)])
  expect(
    meet(doubt, [
      [50, 20],
      [40, 25],
      [35, 12],
      [30, 22],
      [27, 18],
      [25, 15],
    ]).at(-1),
  ).toBe(50)
  expect(Array.from({ length: 41 }, () => doubt.tolerates()).lastIndexOf(true)).toBe(39)
})

test.each([
  [
    'become rarer with the rate',
    [
      [320, 59],
      [160, 73],
      [80, 133],
      [70, 175],
      [61, 265],
      [54, 675],
    ],
  ],
  [
    'come before anything was accepted',
    [
      [20, 1],
      [10, 1],
      [5, 1],
      [2.5, 1],
      [1.3, 1],
      [0.6, 2],
    ],
  ],
  [
    'came while the rate was hardly lowered',
    [
      [50, 20],
      [48, 20],
      [46, 20],
      [44, 20],
      [42, 20],
      [40, 20],
    ],
  ],
] as const)('refusals that %s are a limit', (_what, refusals) => {
  expect(meet(new Doubt(), refusals)).toEqual([...nothing, undefined])
})

test('a rate that held for long begins the account anew', () => {
  const doubt = new Doubt()
  meet(doubt, [
    [50, 20],
    [40, 25],
    [35, 12],
    [30, 22],
    [27, 18],
  ])
  expect(doubt.refused({ rate: 25, accepted: 15, isSoon: false })).toBeUndefined()
  expect(doubt.refused({ rate: 20, accepted: 15, isSoon: true })).toBeUndefined()
})
