import * as v from 'valibot'
import { expect, test } from 'vitest'
import { describeIssues } from '../../src/model/issues.ts'

const key = 'sk-invented-0123456789'
const times = { seconds: v.optional(v.number()) }
const schema = v.strictObject({
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9))),
  name: v.optional(v.picklist(['a', 'b'])),
  inner: v.optional(v.strictObject({ needed: v.number(), other: v.optional(v.any()) })),
  own: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => text === 'x', 'expected x'),
    ),
  ),
  all: v.optional(v.record(v.string(), v.pipe(v.unknown(), v.strictObject(times)))),
  word: v.optional(v.pipe(v.string(), v.nonEmpty())),
  mail: v.optional(v.pipe(v.string(), v.email())),
  shown: v.optional(
    v.custom<string>(
      () => false,
      ({ received }) => `expected less, got ${received}`,
    ),
  ),
  list: v.optional(v.array(v.picklist(['K', 'L']))),
})

test.each([
  [{ coutn: 1 }, 'there is no option `coutn` (did you mean `count`?)'],
  [{ COUNT: 1 }, 'there is no option `COUNT` (did you mean `count`?)'],
  [
    { inner: { colour: 1, needed: 1 } },
    'there is no option `inner.colour` (there are other, needed)',
  ],
  [{ inner: { neded: 1, needed: 1 } }, 'there is no option `inner.neded` (did you mean `needed`?)'],
  [{ all: { a: { secnods: 1 } } }, 'there is no option `all.a.secnods` (did you mean `seconds`?)'],
  [{ count: 0 }, '`count`: expected at least 1, got 0'],
  [{ count: 10 }, '`count`: expected at most 9, got 10'],
  [{ count: 1.5 }, '`count`: expected a whole number, got 1.5'],
  [{ name: 'c' }, '`name`: expected "a" or "b", got "c"'],
  [{ inner: 5 }, '`inner`: expected an object, got 5'],
  [{ inner: {} }, '`inner.needed`: it is missing'],
  [{ own: 'y' }, '`own`: expected x'],
  [{ word: '' }, '`word`: it is empty'],
  [{ mail: 'x' }, '`mail`: Invalid email: Received "x"'],
  [{ list: 'K' }, '`list`: expected array, got "K"'],
  [{ list: ['k'] }, '`list.0`: expected "K" or "L", got "k"'],
  [{ count: key }, '`count`: expected number, got a text'],
  [{ count: `Bearer ${key.slice(0, 17)}` }, '`count`: expected number, got a text'],
  [{ count: 'a long text without a digit' }, '`count`: expected number, got a text'],
  [{ count: '20 or so, or many more' }, '`count`: expected number, got "20 or so, or many more"'],
  [{ mail: key }, '`mail`: Invalid email: Received a text'],
  [{ shown: key }, '`shown`: expected less, got a text'],
  [{ inner: `{"Authorization":"Bearer ${key}"` }, '`inner`: expected an object, got a text'],
  [7, 'expected an object, got 7'],
  [
    { count: 0, name: 'c' },
    '`count`: expected at least 1, got 0; `name`: expected "a" or "b", got "c"',
  ],
])('what is wrong with %j is said: %s', (value, said) => {
  expect(describeIssues(v.safeParse(schema, value).issues!, schema)).toBe(said)
})
