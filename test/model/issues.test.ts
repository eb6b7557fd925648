import * as v from 'valibot'
import { expect, test } from 'vitest'
import { describeIssues } from '../../src/model/issues.ts'

const schema = v.strictObject({
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9))),
  name: v.optional(v.picklist(['a', 'b'])),
  inner: v.optional(v.strictObject({ needed: v.number() })),
  own: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => text === 'x', 'expected x'),
    ),
  ),
})

test.each([
  [{ coutn: 1 }, 'there is no option `coutn`'],
  [{ count: 0 }, '`count`: expected at least 1, got 0'],
  [{ count: 10 }, '`count`: expected at most 9, got 10'],
  [{ count: 1.5 }, '`count`: expected a whole number, got 1.5'],
  [{ name: 'c' }, '`name`: expected "a" or "b", got "c"'],
  [{ inner: 5 }, '`inner`: expected an object, got 5'],
  [{ inner: {} }, '`inner.needed`: it is missing'],
  [{ own: 'y' }, '`own`: expected x'],
  [7, 'expected an object, got 7'],
  [
    { count: 0, name: 'c' },
    '`count`: expected at least 1, got 0; `name`: expected "a" or "b", got "c"',
  ],
])('what is wrong with %j is said: %s', (value, said) => {
  expect(describeIssues(v.safeParse(schema, value).issues!)).toBe(said)
})
