import { describe, expect, test } from 'vitest'
import { sharedRun } from '../support/shared-run.ts'

describe('evals that pass', () => {
  const run = sharedRun({
    'scores.eval.ts': `
      import { foreach, scripted } from 'vitest-assay'
      const rows = [{ q: 'a', want: 'A' }, { q: 'b', want: 'B' }, { q: 'c', want: 'X' }]
      const upper = (input) => input.toUpperCase()
      foreach(rows, { models: [upper, scripted(['A', 'A', 'X'], 'listed')] })(
        'upper-cases',
        async ({ q, want }, { model }) => (await model.generate(q)).text === want,
      ).expect({ score: { mean: { atLeast: 0.6 } } })
      foreach(rows, { maxErrorRate: 0.5 })('has an error', ({ q }) => {
        if (q === 'b') throw new Error('boom')
        return { first: 1, second: q === 'a' }
      })
    `,
    'trials.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach(['x', 'y'], { trials: 4 })('tries', (value, { row }) => value === 'x' || row.trial < 1)
    `,
    'row-timeout.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach(['stuck', 'quick'], { rowTimeout: 50, maxErrorRate: 1 })('waits', (value, { signal }) =>
        value === 'quick' || new Promise(() => signal.addEventListener('abort', () => console.log('heard it'))))
    `,
    'context.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([1, 2, 3, 4])('asserts', (n, { expect, skip }) => {
        if (n === 3) skip('not for three')
        if (n === 4) expect.assertions(2)
        expect.soft(n).toBe(1)
        expect.soft(n).toBeGreaterThan(0)
      })
      foreach([1, 2])('asserts hard, and returns', (n, { expect }) => {
        expect(n).toBe(1)
        return { seen: true }
      })
    `,
    'refusal.eval.ts': `
      import { foreach, scripted } from 'vitest-assay'
      const refusing = scripted((input) => input === 'bad'
        ? { text: '', finishReason: 'content_filter', blocked: { reason: 'violence', source: 'finish_reason' } }
        : 'fine', 'refusing')
      foreach(['bad', 'good'], { models: [refusing] })('asks', async (q, { model }) =>
        (await model.generate(q)).text === 'fine')
    `,
    'chosen.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach.skip([1])('skipped', () => true)
      foreach.todo([1])('to do')
      foreach.skipIf(true)([1])('skipped by condition', () => true)
      foreach.runIf(true)([1])('run by condition', () => true)
    `,
    'only.eval.ts': `
      import { describe } from 'vitest'
      import { foreach } from 'vitest-assay'
      describe('a suite', () => {
        foreach.only([1])('the only one', () => true)
        foreach([1])('left out', () => true)
      })
    `,
  })

  test('scores, errors and gates are right in journal, summary and exit code', async () => {
    expect(run.output).toContain('upper-cases')
    expect(run.exitCode, run.output).toBe(0)
    expect(await run.evalOf('upper-cases [scripted/upper]')).toMatchObject({
      rows: 3,
      model: 'scripted/upper',
      name: 'upper-cases',
      scores: { score: { n: 3, mean: 2 / 3, method: 'wilson' } },
      gate: 'passed',
    })
    expect(await run.evalOf('upper-cases [scripted/listed]')).toMatchObject({ rows: 3 })
    expect(await run.evalOf('has an error')).toMatchObject({
      outcomes: { scored: 2, error: 1 },
      scores: { first: { mean: 1 }, second: { mean: 0.5 } },
      gate: null,
    })
    const rows = await run.rows('upper-cases [scripted/upper]')
    expect(rows.map(({ calls, scores }) => [calls[0]!.text, scores['score']!.value])).toEqual([
      ['A', 1],
      ['B', 1],
      ['C', 0],
    ])
  })

  test('trials ask each row several times; its value is their mean', async () => {
    expect(await run.evalOf('tries')).toMatchObject({
      rows: 2,
      trials: 4,
      outcomes: { scored: 8 },
      scores: { score: { n: 2, mean: 0.625, method: 't' } },
    })
    const rows = await run.rows('tries')
    expect(rows.map(({ index, trial }) => [index, trial])).toEqual(
      [0, 1].flatMap((index) => [0, 1, 2, 3].map((trial) => [index, trial])),
    )
  })

  test('a row ends at its rowTimeout with its own signal aborted; the others go on', async () => {
    expect(run.output).toContain('heard it')
    const [stuck, quick] = await run.rows('waits')
    expect(stuck).toMatchObject({
      outcome: 'error',
      error: { kind: 'timeout', message: 'The row took longer than its rowTimeout of 50 ms.' },
    })
    expect(quick).toMatchObject({ outcome: 'scored' })
  })

  test("the context's expect and skip are the row's own", async () => {
    expect(run.exitCode, run.output).toBe(0)
    expect(await run.evalOf('asserts')).toMatchObject({
      outcomes: { scored: 3, skipped: 1 },
      scores: { assertions: { n: 3, mean: 1 / 3 } },
    })
    const rows = await run.rows('asserts')
    expect(rows[1]!.scores['assertions']!.reason).toContain('expected 2 to be 1')
    expect(rows[2]).toMatchObject({ outcome: 'skipped', reason: 'not for three' })
    const [first, second] = await run.rows('asserts hard, and returns')
    expect(first!.scores).toEqual({ assertions: { value: 1 }, seen: { value: 1 } })
    expect(Object.keys(second!.scores)).toEqual(['assertions'])
  })

  test("a model's refusal is the outcome blocked, and no score", async () => {
    expect(run.exitCode, run.output).toBe(0)
    expect(await run.evalOf('asks [scripted/refusing]')).toMatchObject({
      outcomes: { scored: 1, blocked: 1 },
      scores: { score: { n: 1, mean: 1 } },
    })
    expect((await run.rows('asks [scripted/refusing]'))[0]).toMatchObject({
      outcome: 'blocked',
      reason: 'violence',
    })
  })

  test('skip, only, todo, skipIf and runIf choose evals as on test', async () => {
    expect(run.exitCode, run.output).toBe(0)
    const { evals } = await run.summary()
    const ids = evals.map(({ id }) => id).filter((id) => /^(chosen|only)\./.test(id))
    expect(ids.toSorted()).toEqual([
      'chosen.eval.ts > run by condition',
      'only.eval.ts > a suite > the only one',
    ])
  })
})

describe('evals that fail', () => {
  const run = sharedRun({
    'throws.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([{ id: 'good', n: 1 }, { id: 'bad', n: 2 }, { id: 'fine', n: 3 }])('throws', ({ n }) => {
        if (n === 2) throw new Error('boom')
        return n === 1
      })
      foreach([1])('runs on', () => true)
    `,
    'gates.eval.ts': `
import { foreach } from 'vitest-assay'
foreach([1, 2])('misses', () => 0)
const gated = foreach([1, 2])('is gated', () => ({ right: 0.25 }))
gated.expect({ right: { mean: { atLeast: 0.8 } } }).expect({ right: { max: { below: 0.2 } } })
`,
    'generator.eval.ts': `
      import { appendFileSync } from 'node:fs'
      import { foreach } from 'vitest-assay'
      function* numbers() {
        for (let n = 0; ; n++) {
          appendFileSync('pulled.txt', n + '\\n')
          yield { n }
        }
      }
      const one = () => '1', two = () => '2'
      foreach(numbers, { limit: 5, models: [one, two] })('counts', async ({ n }, { model }) => {
        await model.generate(String(n))
        return true
      })
      foreach(numbers(), { limit: 2, models: [one, two] })('is spent', () => true)
    `,
    'columns.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach('question, answer', [['2+2', 4], ['3+3', 7]])('adds', ({ question, answer }) => eval(question) === answer)
      foreach('a,b', [[1]])('is short', () => true)
    `,
    'twins.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([1])('same', () => true)
      foreach([1])('same', () => false)
    `,
  })

  test('a row that throws is in the journal as an error, and the other rows keep their scores', async () => {
    expect(run.exitCode).toBe(1)
    expect(run.output).toContain(
      '1 of 3 rows ended in an error (33.3 %, maxErrorRate 0); row bad: boom',
    )
    expect(await run.evalOf('throws')).toMatchObject({
      outcomes: { scored: 2, blocked: 0, error: 1, skipped: 0 },
      scores: { score: { n: 2, mean: 0.5 } },
    })
    expect(await run.evalOf('runs on')).toMatchObject({ scores: { score: { mean: 1 } } })
    const [, bad] = await run.rows('throws')
    expect(bad).toMatchObject({
      rowId: 'bad',
      outcome: 'error',
      scores: {},
      error: { kind: 'internal', message: 'boom' },
    })
  })

  test('wrong answers alone do not fail an eval, a gate does, and it points at the eval', async () => {
    expect(run.exitCode).toBe(1)
    expect(run.output).toContain(
      'right: mean is 0.25, expected at least 0.8 (95 % interval 0.25 to 0.25, n = 2)',
    )
    expect(run.output).toContain('right: max is 0.25, expected below 0.2 (n = 2)')
    const failure = run.output.split(' FAIL ').find((text) => text.includes('> is gated'))
    expect(failure).toContain('gates.eval.ts:4:30')
    expect(failure).not.toContain('node_modules/vitest-assay/dist')
    expect(await run.evalOf('misses')).toMatchObject({ gate: null, failure: null })
    expect(await run.evalOf('is gated')).toMatchObject({ gate: 'failed' })
  })

  test('E-42: an endless generator is read up to the limit, anew for each model', async () => {
    const pulled = (await run.read('pulled.txt')).trim().split('\n')
    expect(pulled).toEqual(['0', '1', '2', '3', '4', '0', '1', '2', '3', '4', '0', '1'])
    expect(await run.evalOf('counts [scripted/two]')).toMatchObject({ rows: 5 })
    expect(run.exitCode).toBe(1)
    expect(run.output).toContain('Pass the generator function: foreach(rows), not foreach(rows()).')
  })

  test('E-22: columns name the parts of tuples', async () => {
    expect(await run.evalOf('adds')).toMatchObject({ scores: { score: { n: 2, mean: 0.5 } } })
    expect((await run.rows('adds'))[0]!.row).toEqual({ question: '2+2', answer: 4 })
    expect(run.output).toContain("row 0: expected 2 values for 'a,b', got 1 values.")
  })

  test('two evals of one name in a file are an error of the second', async () => {
    expect(run.exitCode).toBe(1)
    expect(run.output).toContain(
      'twins.eval.ts has two evals named "same"; give each its own name.',
    )
    expect(await run.rows('same')).toHaveLength(1)
  })
})
