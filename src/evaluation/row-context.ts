import { createExpect, type ExpectStatic, type TestContext } from 'vitest'
import { AssayError, messageOf } from '../model/error.ts'
import { type ScoreRecord, toJournal } from './record.ts'

export interface RowInfo {
  /** The row's own id, or a hash of its content. */
  readonly id: string
  /** Place in the dataset, from 0. */
  readonly index: number
  /** From 0. */
  readonly trial: number
}

/** Vitest's context, with `signal`, `expect`, `skip` and `row` of the row that the body runs for. */
export type RowContext<Fixtures> = Omit<TestContext, 'skip'> & {
  /** Ends this row with the outcome `skipped`. */
  readonly skip: (reason?: string) => never
  readonly row: RowInfo
} & Fixtures

/** Thrown by `skip` to leave the body. */
export class RowSkip extends Error {
  override readonly name = 'RowSkip'
}

/** The row's own `expect`: its failures are a score of the row, and do not fail the test. */
export interface RowExpect {
  readonly context: object
  /** Whether the body has taken `expect` from its context. */
  isUsed(): boolean
  /** The score `assertions` once `expect` was used, by the failures so far and what the body threw. */
  score(thrown?: unknown): ScoreRecord | undefined
}

/** Makes the context of a row: it inherits all else from the test's. */
export function createRowContext(
  testContext: TestContext,
  row: RowInfo,
  signal: AbortSignal,
): RowExpect {
  const state = new RowState(testContext, row, signal)
  const context = Object.create(prototypeOf(testContext), {
    [rowState]: { value: state },
  }) as object
  return {
    context,
    isUsed: () => state.isUsed,
    score: (thrown) => state.score(thrown),
  }
}

const rowState: unique symbol = Symbol('row')
const prototypes = new WeakMap<TestContext, object>()

/** What the contexts of a test's rows have in common, made once: four members that look at their row. */
function prototypeOf(testContext: TestContext): object {
  let prototype = prototypes.get(testContext)
  if (!prototype) {
    const member = (get: (this: { [rowState]: RowState }) => unknown) => ({ get, enumerable: true })
    prototype = Object.create(testContext, {
      signal: member(function () {
        return this[rowState].signal
      }),
      row: member(function () {
        return this[rowState].row
      }),
      expect: member(function () {
        return this[rowState].makeExpect()
      }),
      skip: { value: skip, enumerable: true },
    }) as object
    prototypes.set(testContext, prototype)
  }
  return prototype
}

/** One row's own `expect` and what it found. */
class RowState {
  readonly testContext: TestContext
  readonly row: RowInfo
  readonly signal: AbortSignal
  expect: ExpectStatic | undefined
  /** Whether something was expected; to have `expect` among the fixtures is not enough. */
  isUsed = false
  #result: { errors: { message?: string }[] } | undefined

  constructor(testContext: TestContext, row: RowInfo, signal: AbortSignal) {
    this.testContext = testContext
    this.row = row
    this.signal = signal
  }

  makeExpect(): ExpectStatic {
    if (!this.expect) {
      this.#result = { errors: [] }
      const task = Object.create(this.testContext.task, {
        result: { value: Object.assign(this.#result, { state: 'run' }), writable: true },
      })
      this.expect = noticeUse(createExpect(task), () => {
        this.isUsed = true
      })
    }
    return this.expect
  }

  score(thrown?: unknown): ScoreRecord | undefined {
    if (thrown !== undefined) return failedAssertion(thrown)
    if (!this.expect || !this.isUsed) return undefined
    const soft = this.#result?.errors[0]
    if (soft) return failedAssertion(soft)
    const missing = missingAssertions(this.expect)
    return missing ? { value: 0, reason: missing } : { value: 1 }
  }
}

const expecting = new Set<string | symbol>([
  'soft',
  'poll',
  'unreachable',
  'assertions',
  'hasAssertions',
])

/** Calls `notice` when something is expected, by `expect(…)` or one of its methods. */
function noticeUse(expect: ExpectStatic, notice: () => void): ExpectStatic {
  return new Proxy(expect, {
    apply(target, self, args) {
      notice()
      return Reflect.apply(target, self, args) as unknown
    },
    get(target, name) {
      if (expecting.has(name)) notice()
      return Reflect.get(target, name) as unknown
    },
  })
}

/** Whether a thrown value is a failed assertion of `expect`; those of `node:assert` have a code. */
export function isAssertionError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AssertionError' && !('code' in error)
}

function skip(reason?: string): never {
  throw new RowSkip(reason)
}

function failedAssertion(error: unknown): ScoreRecord {
  const { expected, actual } = error as Partial<ScoreRecord>
  // a soft failure is kept as plain data
  const message = messageOf(error instanceof Error ? error : (error as Error).message)
  return {
    value: 0,
    ...(expected !== undefined && { expected: toJournal(expected) }),
    ...(actual !== undefined && { actual: toJournal(actual) }),
    reason: message.slice(0, 1000),
  }
}

/** What `expect.assertions(n)` and `expect.hasAssertions()` miss at the end of the body. */
function missingAssertions(expect: ExpectStatic): string | undefined {
  const { assertionCalls, expectedAssertionsNumber, isExpectingAssertions } = expect.getState()
  if (typeof expectedAssertionsNumber === 'number' && expectedAssertionsNumber !== assertionCalls) {
    return `expected ${expectedAssertionsNumber} assertions, got ${assertionCalls}`
  }
  return isExpectingAssertions && assertionCalls === 0
    ? 'expected an assertion, got none'
    : undefined
}

/** Whether a body returned the assertion itself, as `row => expect(row).toBe(1)` does. */
export function isAssertion(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '__flags' in value
}

/** What a body that neither returned nor asserted anything is told. */
export function nothingMeasured(): AssayError {
  return new AssayError(
    'The body returned nothing and asserted nothing; return a score, or use `expect` from the context.',
    { kind: 'config' },
  )
}
