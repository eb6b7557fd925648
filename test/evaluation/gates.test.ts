import { expect, test } from 'vitest'
import {
  checkGates,
  failedGates,
  type GatedScore,
  type Gates,
  passMarks,
} from '../../src/evaluation/gates.ts'

const words = { atLeast: 'at least', atMost: 'at most', above: 'above', below: 'below' } as const
const holds = {
  atLeast: [false, true, true],
  atMost: [true, true, false],
  above: [false, false, true],
  below: [true, false, false],
} as const

for (const figure of ['mean', 'passRate', 'min', 'max'] as const) {
  for (const word of ['atLeast', 'atMost', 'above', 'below'] as const) {
    test(`${figure} is ${words[word]} a bound below it, at it and above it as it says`, () => {
      for (const [i, value] of [0.49, 0.5, 0.51].entries()) {
        const failures = failed(
          { right: { [figure]: { [word]: 0.5 } } },
          { right: { [figure]: value } },
        )
        const details = figure === 'mean' ? '95 % interval 0.2 to 0.8, n = 4' : 'n = 4'
        const message = `right: ${figure} is ${value}, expected ${words[word]} 0.5 (${details})`
        expect(failures).toEqual(holds[word][i] ? [] : [message])
      }
    })
  }
}

test('a mean without an interval shows none, and figures have four digits', () => {
  expect(failed({ a: { mean: { above: 0.9 } } }, { a: { mean: 2 / 3, ci: null, n: 1 } })).toEqual([
    'a: mean is 0.6667, expected above 0.9 (n = 1)',
  ])
  const ci = [0.123_456, 0.987_65] as const
  expect(failed({ a: { mean: { above: 0.9 } } }, { a: { mean: 0.5, ci } })).toEqual([
    'a: mean is 0.5, expected above 0.9 (95 % interval 0.1235 to 0.9877, n = 4)',
  ])
})

test('all bounds of a figure, all figures, all scores and all gates must hold', () => {
  const gates: Gates[] = [
    { a: { mean: { atLeast: 0.9, below: 0.1 }, min: { above: 0.3 } }, b: { max: { atMost: 0.2 } } },
    { a: { mean: { atLeast: 0.5 } } },
    { a: { max: { below: 0.6 } } },
  ]
  expect(failedGates(gates, scores({ a: {}, b: {} }))).toEqual([
    'a: mean is 0.5, expected at least 0.9 (95 % interval 0.2 to 0.8, n = 4)',
    'a: mean is 0.5, expected below 0.1 (95 % interval 0.2 to 0.8, n = 4)',
    'a: min is 0.25, expected above 0.3 (n = 4)',
    'b: max is 0.75, expected at most 0.2 (n = 4)',
    'a: max is 0.75, expected below 0.6 (n = 4)',
  ])
})

test('a gate on a score that never came fails and says which did', () => {
  expect(failed({ right: {} }, { wrong: {}, length: {} })).toEqual([
    'There is a gate on "right", which no row scored; scores that came: wrong, length',
  ])
  expect(failed({ right: { mean: { atMost: 1 } } }, {})).toEqual([
    'There is a gate on "right", which no row scored; no score came',
  ])
})

test('a gate without figures asks only that the score came; one that is undefined asks nothing', () => {
  expect(failed({ a: {} }, { a: {} })).toEqual([])
  expect(failedGates([{ a: undefined }], scores({}))).toEqual([])
})

test('a pass mark is 1 unless it is said, and each is asked for once', () => {
  expect(
    passMarks([
      { a: { passRate: { atLeast: 1 } }, b: { mean: { above: 0 } } },
      {
        a: { passRate: { atLeast: 1, passMark: 0.5 } },
        c: { passRate: { below: 1, passMark: 0.5 } },
      },
      { d: { passRate: { atLeast: 0.1, passMark: 0 } } },
    ]),
  ).toEqual([1, 0.5, 0])
})

test('a pass rate is that of its own mark', () => {
  const rates = new Map([
    [1, 0.25],
    [0.5, 0.75],
  ])
  const score = { ...scoreOf({}), passRate: (mark: number) => rates.get(mark)! }
  const gates: Gates = { a: { passRate: { atLeast: 0.5, passMark: 0.5 } } }
  expect(failedGates([gates], new Map([['a', score]]))).toEqual([])
  expect(failedGates([{ a: { passRate: { atLeast: 0.5 } } }], new Map([['a', score]]))).toEqual([
    'a: passRate is 0.25, expected at least 0.5 (n = 4)',
  ])
})

test('gates that say what they may are fine', () => {
  checkGates({ assertions: { mean: { atLeast: 1 } } })
  checkGates({
    a: {
      mean: { atLeast: -1, atMost: 0, above: 0.5, below: 1e9 },
      passRate: { passMark: 0, atLeast: 0 },
    },
  })
})

test.for<[unknown, string]>([
  [{}, 'Expected .expect() to have a gate, as in { score: { mean: { atLeast: 0.8 } } }.'],
  [{ a: {} }, 'Expected the gate on "a" to have mean, passRate, min, max or several; got none.'],
  [
    { a: { median: {} } },
    'Expected the gate on "a" to have mean, passRate, min, max; got `median`.',
  ],
  [{ a: 0.8 }, 'Expected the gate on "a" to be an object, got number.'],
  [{ a: { mean: 0.8 } }, 'Expected the gate on "a", mean to be an object, got number.'],
  [
    { a: { mean: { atleast: 1 } } },
    'Expected the gate on "a", mean to have atLeast, atMost, above, below; got `atleast`.',
  ],
  [
    { a: { mean: { atLeast: 1, passMark: 1 } } },
    'Expected the gate on "a", mean to have atLeast, atMost, above, below; got `passMark`.',
  ],
  [
    { a: { passRate: { over: 1 } } },
    'Expected the gate on "a", passRate to have atLeast, atMost, above, below, passMark; got `over`.',
  ],
  [
    { a: { min: {} } },
    'Expected the gate on "a", min to have atLeast, atMost, above, below or several; got none.',
  ],
  [
    { a: { passRate: { passMark: 0.5 } } },
    'Expected the gate on "a", passRate to have atLeast, atMost, above, below or several; got none.',
  ],
  [
    { fine: { mean: { above: 0 } }, b: { max: { below: Number.NaN } } },
    'Expected the gate on "b", max, below to be a number, got NaN.',
  ],
  [
    { a: { mean: { atLeast: Infinity } } },
    'Expected the gate on "a", mean, atLeast to be a number, got Infinity.',
  ],
  [
    { a: { mean: { atLeast: '0.8' } } },
    'Expected the gate on "a", mean, atLeast to be a number, got 0.8.',
  ],
  [
    { a: { passRate: { atLeast: 1, passMark: null } } },
    'Expected the gate on "a", passRate, passMark to be a number, got null.',
  ],
])('%j is no gate', ([gates, message]) => {
  expect(() => checkGates(gates as Gates)).toThrow(
    expect.objectContaining({ kind: 'config', message }),
  )
})

test('a bound that is undefined is no bound, so that no gate is without effect', () => {
  expect(() => checkGates({ a: { mean: { atLeast: undefined } } } as unknown as Gates)).toThrow(
    'Expected the gate on "a", mean to have atLeast, atMost, above, below or several; got none.',
  )
})

test('a figure just below its bound is not shown as the bound', () => {
  expect(failed({ a: { mean: { atLeast: 0.8 } } }, { a: { mean: 0.799_99, ci: null } })).toEqual([
    'a: mean is 0.79999, expected at least 0.8 (n = 4)',
  ])
})

type Figures = Partial<Omit<GatedScore, 'passRate'>> & { readonly passRate?: number }

function failed(gates: object, figures: Readonly<Record<string, Figures>>): readonly string[] {
  return failedGates([gates], scores(figures))
}

function scores(figures: Readonly<Record<string, Figures>>): Map<string, GatedScore> {
  return new Map(Object.entries(figures).map(([name, one]) => [name, scoreOf(one)]))
}

function scoreOf({ passRate = 0.5, ...figures }: Figures): GatedScore {
  const passed = () => passRate
  return { n: 4, mean: 0.5, ci: [0.2, 0.8], min: 0.25, max: 0.75, ...figures, passRate: passed }
}
