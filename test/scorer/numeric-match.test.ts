import { expect, test } from 'vitest'
import { numericMatch, type NumericMatchOptions } from '../../src/scorer/numeric-match.ts'

const gsm8k =
  'The house and repairs came to 80,000+50,000=$<<80000+50000=130000>>130,000\nSo the profit is 200,000-130,000=$<<200000-130000=70000>>70,000\n#### 70,000'

test.for<[text: string, number: number]>([
  ['18', 18],
  ['18.', 18],
  ['18.00', 18],
  ['.5', 0.5],
  ['0', 0],
  ['-0', 0],
  ['+5', 5],
  ['-5', -5],
  ['−5', -5],
  ['- 5', 5],
  ['1,234', 1234],
  ['1.234e3', 1234],
  ['5e-3', 0.005],
  ['5e−3', 0.005],
  ['1,234,567.5', 1_234_567.5],
  ['1 234', 234],
  ['1\u{A0}234', 1234],
  ['1\u{202F}234\u{202F}567', 1_234_567],
  ['1,2345', 2345],
  ['1,23', 23],
  ['1234,567', 567],
  ['1, 2, 3', 3],
  ['$5', 5],
  ['-$5', -5],
  ['$-5', -5],
  ['−£1,000.50', -1000.5],
  ['5 €', 5],
  ['5%', 5],
  ['½', 0.5],
  ['1½', 1.5],
  ['-2 ¾', -2.75],
  ['⅓', 1 / 3],
  ['10-12', 12],
  ['10–12', 12],
  ['$5-$10', 10],
  ['5%-10%', 10],
  ['x-5', 5],
  ['f(x)-5', 5],
  ['done--5', 5],
  ['x = -5', -5],
  ['(-5)', -5],
  ['\\boxed{-5}', -5],
  ['答案是-5。', -5],
  ['The area is 25 m2, or 25 m².', 25],
  ['It emits 7 kg of CO2', 7],
  ['7kg', 7],
  ['**Answer: 18**', 18],
  ['She has 3 apples and eats 1, so 2 are left.', 2],
  ['It is 4.5.', 4.5],
  ['9 * 2 = $<<9*2=18>>18', 18],
  [gsm8k, 70_000],
  ['#### 18', 18],
  ['####18', 18],
  ['#### -$1,234.50 a day', -1234.5],
  ['#### **18**\nThat took 2 steps.', 18],
  ['#### 3\n\n#### 18 of 20', 18],
  ['#### Step 3\n9 * 2 = 18', 18],
  ['#### 2. Add the costs\n9 * 2 = 18', 18],
  ['#### 18\n\n#### Check\n9 * 2 = 18, by 2', 18],
])('%o reads as %d', ([text, number]) => {
  expect(numericMatch(text, number)).toEqual({
    name: 'numericMatch',
    value: 1,
    expected: number,
    actual: number,
  })
  expect(numericMatch(number, text).value).toBe(1)
})

test.for<[text: string, number: number]>([
  ['1.234,5', 1234.5],
  ['1.234', 1234],
  ['1.234.567', 1_234_567],
  ['-3,5 €', -3.5],
  ['1,5e3', 1500],
  ['18,', 18],
  [',5', 0.5],
  ['1\u{202F}234,5', 1234.5],
])('%o reads as %d with a decimal comma', ([text, number]) => {
  expect(numericMatch(text, number, { decimal: ',' }).value).toBe(1)
})

test.for(['', 'no idea', 'NaN', 'Infinity', '∞', 'CO2', '####', '$', '-', NaN])(
  '%o has no number: 0 as a response, an error as what is expected',
  (text) => {
    expect(numericMatch(text, 18)).toEqual({
      name: 'numericMatch',
      value: 0,
      expected: 18,
      actual: text,
      reason: 'no number in the response',
    })
    expect(() => numericMatch('18', text)).toThrow(
      expect.objectContaining({
        kind: 'config',
        message: `Expected \`expected\` of numericMatch() to have a number, got "${text}"; correct the row.`,
      }),
    )
  },
)

test('the error shows the end of a long text', () => {
  expect(() => numericMatch('18', 'x'.repeat(100))).toThrow(
    `Expected \`expected\` of numericMatch() to have a number, got "…${'x'.repeat(60)}"; correct the row.`,
  )
})

test.for([Infinity, -Infinity, '1e999'])('%o is an error as what is expected', (expected) => {
  expect(() => numericMatch('18', expected)).toThrow(expect.objectContaining({ kind: 'config' }))
})

test.for<[actual: string | number, expected: number, reason: string]>([
  ['17', 18, '17 is not 18'],
  ['-18', 18, '-18 is not 18'],
  ['The answer is 1,235.', 1234, '1235 is not 1234'],
  [Infinity, 18, 'Infinity is not 18'],
  ['1e999', 1.5, 'Infinity is not 1.5'],
  [10_000_000_001, 10_000_000_000, '10000000001 is not 10000000000'],
  ['1.001', 1, '1.001 is not 1'],
])('%o is not %d', ([actual, expected, reason]) => {
  expect(numericMatch(actual, expected)).toMatchObject({ value: 0, reason })
})

test.for<[value: 0 | 1, actual: number, expected: number, options?: NumericMatchOptions]>([
  [1, 0.1 + 0.2, 0.3],
  [0, 0.1 + 0.2, 0.3, { tolerance: 0 }],
  [1, 1.1, 1, { tolerance: 0.1 }],
  [0, 1.11, 1, { tolerance: 0.1 }],
  [1, 0.05, 0, { tolerance: 0.1 }],
  [1, 129, 100, { relativeTolerance: 0.29 }],
  [1, -95, -100, { relativeTolerance: 0.05 }],
  [0, 94, 100, { relativeTolerance: 0.05 }],
  [1, 94, 100, { relativeTolerance: 0.05, tolerance: 6 }],
  [0, Infinity, 100, { relativeTolerance: 0.05 }],
])('scores %d for %d against %d with %o', ([value, actual, expected, options]) => {
  expect(numericMatch(actual, expected, options).value).toBe(value)
})

test('a reason names the tolerance that was asked for', () => {
  const { reason } = numericMatch(7, 10, { relativeTolerance: 0.2 })
  expect(reason).toBe('7 is not within 2 of 10')
})

test.for([-1, NaN, Infinity])('a tolerance of %d is an error', (tolerance) => {
  expect(() => numericMatch(1, 1, { tolerance })).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `Expected tolerance of numericMatch() to be a number from 0 up, got ${tolerance}; correct the option.`,
    }),
  )
})

test.for(['#', '1', '1,111', '#### ', '####\n', '1 ', '-', '$ ', '1½', '1e', '.'])(
  'a long text of %o is read without a stall',
  { timeout: 5000 },
  (part) => {
    expect(numericMatch(`${part.repeat(50_000)} x 18`, 18)).toHaveProperty('value')
  },
)
