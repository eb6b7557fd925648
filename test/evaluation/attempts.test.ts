import { describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'
import { sharedRun } from '../support/shared-run.ts'

const ownScores = `
  const rows = Array.from({ length: 20 }, (_, n) => ({ n }))
  const wait = (n) => new Promise((resolve) => setTimeout(resolve, (n * 7) % 13))
  const echo = async (input) => { await wait(Number(input)); return input }
  const shout = async (input) => { await wait(Number(input) + 3); return input + '!' }
  const body = async ({ n }, { model }) => {
    const first = await model.generate(String(n))
    await wait(n)
    const second = await model.generate(String(n + 100))
    return { own: n / 100, length: second.text.length, first: Number(first.text.startsWith(String(n))) }
  }
`

test('20 rows at once have their own scores and calls, under concurrent, retry, repeats and two calls', async () => {
  await using project = await createProject({
    'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      ${ownScores}
      let attempts = 0
      foreach.concurrent(rows, { models: [echo, shout], concurrency: 20 })('at once', body)
      foreach.concurrent(rows, { models: [echo, shout], concurrency: 7, trials: 2 })('repeated', { repeats: 2 }, body)
      foreach.concurrent(rows, { models: [echo], concurrency: 20 })('retried', { retry: 2 }, async (row, { model }) => {
        attempts++
        if (attempts <= 20 && row.n === 3) throw new Error('only at first')
        return body(row, { model })
      })
    `,
  })
  const { exitCode, output } = await project.vitest({
    args: ['--project', 'evals', '--sequence.concurrent'],
  })
  expect(exitCode, output).toBe(0)
  const rows = await project.rows()
  expect(rows).toHaveLength(2 * 20 + 2 * 20 * 2 * 3 + 20 * 2)
  for (const { evalId, row, scores, calls, outcome, model } of rows) {
    if (outcome === 'error') continue
    const { n } = row as { n: number }
    const mark = evalId.endsWith('[scripted/shout]') ? '!' : ''
    expect(scores['own']!.value).toBe(n / 100)
    expect(calls.map(({ text }) => text)).toEqual([`${n}${mark}`, `${n + 100}${mark}`])
    expect(calls.map((call) => call.model)).toEqual([model, model])
  }
  expect(rows.filter(({ outcome }) => outcome === 'error')).toHaveLength(1)
  const means = (await project.summary()).evals.map(({ scores }) => scores['own']!.mean)
  for (const mean of means) expect(mean).toBeCloseTo(0.095, 10)
  expect(await project.evalOf('retried [scripted/echo]')).toMatchObject({
    rows: 20,
    outcomes: { scored: 20, error: 0 },
  })
  expect(await project.evalOf('repeated [scripted/shout]')).toMatchObject({
    rows: 20,
    outcomes: { scored: 40 },
  })
})

describe('runs that pass', () => {
  const run = sharedRun({
    'fixture.eval.ts': `
      import { foreach } from 'vitest-assay'
      ${ownScores}
      class Agent {
        constructor(model) { this.model = model }
        ask(n) { return this.model.generate(String(n)) }
      }
      const log = []
      const withAgent = foreach.extend('agent', async ({ model }, { onCleanup }) => {
        onCleanup(async () => { log.push((await model.generate('0')).text) })
        return new Agent(model)
      })
      withAgent(rows, { models: [echo, shout] })('asks', async ({ n }, { agent }) => {
        await agent.ask(n)
        return n / 100
      })
      foreach([1])('after them', () => log.join(' ') === '0 0!')
    `,
    'changes.eval.ts': `
      import { foreach } from 'vitest-assay'
      class Session { turns = [] }
      const conversations = [{ messages: ['hello'], session: new Session() }]
      const one = () => '1', two = () => '2'
      foreach(conversations, { models: [one, two], trials: 2 })('talks', async ({ messages, session }, { model }) => {
        messages.push((await model.generate(messages[0])).text)
        return { length: messages.length === 2, session: session instanceof Session }
      })
    `,
    'forgets.eval.ts': `
      import { foreach } from 'vitest-assay'
      const slow = (input, { signal }) => new Promise((resolve, reject) => signal.addEventListener('abort', () => {
        console.log('call ended with its row')
        reject(signal.reason)
      }))
      foreach(['a'], { models: [slow] })('forgets', (q, { model }) => {
        model.generate(q).catch(() => {})
        return true
      })
      foreach(['a'], { models: [slow], rowTimeout: 30, maxErrorRate: 1 })('is too slow', async (q, { model }) =>
        (await model.generate(q)).text === q)
    `,
  })

  test('rows of both models of a user fixture built on the model are booked on their own row', async () => {
    expect(run.exitCode, run.output).toBe(0)
    for (const { row, calls, model } of await run.rows('asks [scripted/shout]')) {
      expect(model).toBe('scripted/shout')
      expect(calls.map(({ input }) => input)).toEqual([String((row as { n: number }).n)])
    }
    expect(await run.evalOf('after them')).toMatchObject({ scores: { score: { mean: 1 } } })
  })

  test('a body that changes its row changes it for no other trial and no other model', async () => {
    expect(run.exitCode, run.output).toBe(0)
    const rows = [
      ...(await run.rows('talks [scripted/one]')),
      ...(await run.rows('talks [scripted/two]')),
    ]
    expect(new Set(rows.map(({ rowId }) => rowId)).size).toBe(1)
    for (const { row, scores } of rows) {
      expect(row).toMatchObject({ messages: ['hello'] })
      expect(scores).toMatchObject({ length: { value: 1 }, session: { value: 1 } })
    }
  })

  test('calls that a row did not wait for are booked as made, at an unknown cost', async () => {
    expect(run.output.split('call ended with its row')).toHaveLength(3)
    const rows = [
      ...(await run.rows('forgets [scripted/slow]')),
      ...(await run.rows('is too slow [scripted/slow]')),
    ]
    expect(rows).toHaveLength(2)
    for (const row of rows) {
      expect(row.costUsd).toBeNull()
      expect(row.calls).toMatchObject([{ input: 'a', text: null, error: { kind: 'cancelled' } }])
    }
  })
})

describe('runs that fail', () => {
  const run = sharedRun({
    'timeouts.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach(['quick', 'stuck', 'late'], { concurrency: 2 })('times out', { timeout: 200 }, async (value, { signal }) => {
        if (value !== 'quick') await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return true
      }).expect({ score: { mean: { atLeast: 1 } } })
      foreach(['quick', 'stuck'])('times out twice', { timeout: 200, retry: 1 }, (value) =>
        value === 'quick' || new Promise(() => {}))
    `,
    'names.eval.ts': `
      import { foreach, scripted } from 'vitest-assay'
      const short = { ...scripted(() => 'a', 'm'), name: 'short' }
      const long = { ...scripted(() => 'aaa', 'm'), name: 'long' }
      foreach(['x'], { models: [short, long] })('length', async (q, { model }) => ({ length: (await model.generate(q)).text.length }))
    `,
    'same-names.eval.ts': `
      import { foreach, scripted } from 'vitest-assay'
      foreach(['x'], { models: [scripted(() => 'a', 'm'), scripted(() => 'b', 'm')] })('same', () => 1)
    `,
    'same-suites.eval.ts': `
      import { describe } from 'vitest'
      import { foreach } from 'vitest-assay'
      for (const n of [1, 2]) describe('twice', () => foreach([1])('same', () => true))
    `,
  })

  test('a test timeout fails the eval, keeps what was scored and records no row that it cut off', async () => {
    expect(run.exitCode).toBe(1)
    expect(run.output).toContain('Test timed out in 200ms')
    expect(await run.evalOf('times out')).toMatchObject({
      rows: 1,
      outcomes: { scored: 1, error: 0 },
      gate: 'inconclusive',
      complete: false,
    })
    expect((await run.rows('> times out')).map(({ row }) => row)).toEqual(['quick'])
  })

  test('two settings of one model are told apart by their names', async () => {
    expect(await run.evalOf('length [short]')).toMatchObject({
      model: 'short',
      scores: { length: { mean: 1 } },
    })
    expect(await run.evalOf('length [long]')).toMatchObject({ scores: { length: { mean: 3 } } })
    expect(run.output).toContain('two of the `models` are called "scripted/m"')
    const { evals } = await run.summary()
    const twice = evals.filter(({ name }) => name === 'twice > same')
    expect(twice).toMatchObject([
      { rows: 1, failure: null },
      { rows: 0, failure: expect.stringContaining('two evals named') as string },
    ])
  })
})
