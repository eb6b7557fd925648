import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RowRecord } from '../src/evaluation/record.ts'
import { type HttpServer, type Reply, serve } from './support/http-server.ts'
import { createProject, type Ended, type Project } from './support/project.ts'

/** What a server is asked, as `tag number`: the tag is that of the eval. */
function promptIn({ json }: { readonly json: Record<string, unknown> }): string {
  return (json['messages'] as readonly { readonly content: string }[]).at(-1)!.content
}

/** A server in OpenAI's format; `answer` gets the number of the prompt. */
function chat(model: string, answer: (number: number) => string | Reply): Promise<HttpServer> {
  return serve((request) => {
    const content = answer(Number(promptIn(request).split(' ')[1]))
    if (typeof content !== 'string') return content
    const message = { role: 'assistant', content }
    return {
      body: {
        model,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
      },
    }
  })
}

const evals = `
import { writeFileSync } from 'node:fs'
import { afterAll, expect } from 'vitest'
import {
  createStatistics, exactMatch, foreach, foreachOf, modelFixture, pool, scripted, select, test, ucb,
} from 'vitest-assay'

const rows = (tag, count) => Array.from({ length: count }, (_, number) => ({ tag, number }))
const body = async ({ tag, number }, { model }) =>
  exactMatch((await model.generate(tag + ' ' + number)).text, String(number))

const statistics = createStatistics()
const best = select({
  models: ['half/m', 'good/m'],
  strategy: ucb({ explorationFactor: 2, minTrials: 5 }),
  statistics,
})
foreach(rows('explore', 500), { models: [best] })('explores', body)

const strict = pool(['shaky/m', 'good/m'], { name: 'strict' })
foreach(rows('strict', 9), { models: [strict] })('falls back', body)
const mixed = pool(['shaky/m', 'good/m'], { name: 'mixed', countFallbacks: true })
foreach(rows('mixed', 9), { models: [mixed] })('counts fallbacks', body)

foreach(rows('listed', 8), { models: ['listed'], concurrency: 1 })('from the file', body)

const each = foreachOf(test.extend('best', modelFixture(select({ models: ['good/m'], name: 'fixed' }))))
each(rows('fixture', 3))('as a fixture', async ({ tag, number }, { best }) => {
  const { text, servedBy, model } = await best.generate(tag + ' ' + number)
  expect([servedBy, model]).toEqual(['good/m', 'fixed'])
  return text === String(number)
})

const judges = createStatistics()
foreach(rows('judge', 6), {
  models: [scripted((input) => input)],
  judge: select({ models: ['good/m', 'half/m'], statistics: judges, strategy: ucb({ minTrials: 1 }) }),
})('scores nothing with a judge', async ({ tag, number }, { judge }) => {
  await judge.generate(tag + ' ' + number)
  return 0
})

const twice = createStatistics()
foreach(rows('twice', 4), { models: [select({ models: ['half/m', 'good/m'], statistics: twice })], trials: 2 })(
  'asks twice in a row',
  async ({ tag, number }, { model }) => {
    const answers = await Promise.all([model.generate(tag + ' ' + number), model.generate(tag + ' ' + number)])
    return answers[0].servedBy === answers[1].servedBy
  },
)

const behind = createStatistics()
foreach(rows('nested', 9), {
  models: [select({ models: [strict], statistics: behind, name: 'over' })],
  maxErrorRate: 1,
})('selects a pool', body)

foreach(rows('dead', 3), { models: [pool(['gone/m', 'good/m'], { name: 'gone' })] })('is never asked', body)

const thrown = createStatistics()
const parsing = select({ models: ['half/m', 'good/m'], statistics: thrown, name: 'parsing' })
foreach(rows('parse', 60), { models: [parsing], maxErrorRate: 1 })(
  'throws over what it cannot read',
  async ({ tag, number }, { model }) => JSON.parse((await model.generate(tag + ' ' + number)).text) === number,
)

foreach(rows('late', 8), { models: [select({ models: ['half/m', 'good/m'], name: 'late' })], maxErrorRate: 1 })(
  'does not wait for the model',
  async ({ tag, number }, { model }) => {
    model.generate(tag + ' ' + number).catch(() => {})
    return 1
  },
)

foreach(rows('plain', 6), { models: ['shaky/m'], maxErrorRate: 1 })('fails in part', body)

afterAll(() => {
  const all = { explored: statistics, judges, twice, behind, thrown }
  const shown = Object.entries(all).map(([name, one]) => [name, { ...one.export(), ...one.summary() }])
  writeFileSync('statistics.json', JSON.stringify(Object.fromEntries(shown)))
})
`

const config = `
models:
  - name: listed
    provider: select
    config:
      models: [half/m, good/m]
      strategy: { name: ucb, minTrials: 2 }
`

describe('selections and pools in one run of evals', () => {
  let project: Project
  let ended: Ended
  let statistics: Record<
    'explored' | 'judges' | 'twice' | 'behind' | 'thrown',
    Record<string, { readonly completed: number }>
  >
  const servers = new Map<string, HttpServer>()

  beforeAll(async () => {
    const refused = { status: 404, body: { error: { message: 'not here' } } }
    servers.set('good', await chat('v1', (number) => String(number)))
    servers.set('half', await chat('v1', (number) => (number % 4 < 2 ? String(number) : 'no idea')))
    servers.set('gone', await chat('v1', () => refused))
    servers.set(
      'shaky',
      await chat('v1', (number) => (number % 3 === 0 ? refused : String(number))),
    )
    project = await createProject({
      'evals/selection.eval.ts': evals,
      'assay.config.yaml': config,
    })
    const bases = [...servers].map(([name, { url }]) => [
      `${name.toUpperCase()}_API_BASE`,
      `${url}/v1`,
    ])
    ended = await project.vitest({ env: Object.fromEntries(bases) as Record<string, string> })
    statistics = JSON.parse(await project.read('statistics.json')) as typeof statistics
  })
  afterAll(async () => {
    await project[Symbol.asyncDispose]()
    for (const server of servers.values()) await server[Symbol.asyncDispose]()
  })

  /** How often a server was asked by the eval of a tag. */
  function askedFor(name: string, tag: string): number {
    const prompts = servers.get(name)!.requests.map((request) => promptIn(request))
    return prompts.filter((prompt) => prompt.startsWith(`${tag} `)).length
  }

  /** How many of the rows a model answered, by the journal. */
  function servedBy(rows: readonly RowRecord[], name: string): number {
    return rows.filter(({ calls }) => calls[0]!.servedBy === name).length
  }

  test('an eval of which the model itself has answered no row fails, and all others pass', () => {
    expect(ended.exitCode).toBe(1)
    expect(ended.output).toMatch(/Tests +1 failed/)
    expect(ended.output).toContain('the model itself answered no row, and a fallback 3')
  })

  test('the report says who answered, where that is one of several', () => {
    expect(ended.output).toContain('calls of counts fallbacks [pool/mixed]: shaky/m 6, good/m 3')
    expect(ended.output).not.toContain('calls of fails in part')
  })

  describe('ucb', () => {
    test('O-20: the better of two models answers more than 80 % of the rows after the first 50', async () => {
      const rows = await project.rows('explores [select/ucb]')
      expect(rows).toHaveLength(500)
      const inOrder = rows.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt)).slice(50)
      expect(servedBy(inOrder, 'good/m') / inOrder.length).toBeGreaterThan(0.8)
    })

    test('the shares in the journal are what the servers were asked', async () => {
      const rows = await project.rows('explores [select/ucb]')
      for (const name of ['good', 'half']) {
        expect(servedBy(rows, `${name}/m`)).toBe(askedFor(name, 'explore'))
      }
      expect(rows.map(({ calls }) => calls.length)).toEqual(rows.map(() => 1))
    })

    test('O-20: each pull is rewarded once by its row, and the mean of a perfect model is exactly 1', () => {
      const asked = { good: askedFor('good', 'explore'), half: askedFor('half', 'explore') }
      expect(statistics.explored['good/m']).toMatchObject({
        completed: asked.good,
        pending: 0,
        mean: 1,
      })
      expect(statistics.explored['half/m']).toMatchObject({ completed: asked.half, pending: 0 })
    })

    test('the statistics agree with the scores of the journal', async () => {
      const rows = await project.rows('explores [select/ucb]')
      const own = rows.filter(({ calls }) => calls[0]!.servedBy === 'half/m')
      const sum = own.reduce((total, { scores }) => total + scores['exactMatch']!.value, 0)
      expect(statistics.explored['models']).toMatchObject({
        'half/m': { completed: own.length, sum },
      })
    })

    test('all calls of a row and trial go to one model, and are one pull', async () => {
      const { scores } = await project.evalOf('asks twice in a row [select/ucb]')
      expect(scores['score']).toMatchObject({ n: 4, mean: 1 })
      expect(askedFor('good', 'twice') + askedFor('half', 'twice')).toBe(16)
      expect(statistics.twice).toMatchObject({
        'half/m': { completed: 4, mean: 1, pending: 0 },
        'good/m': { completed: 4, mean: 1, pending: 0 },
      })
    })

    test('scores are no reward for a judge: what it answers is', () => {
      expect(statistics.judges).toMatchObject({
        'good/m': { mean: 1, pending: 0 },
        'half/m': { mean: 1, pending: 0 },
      })
    })

    test('O-20: a model whose answers the body cannot read does not draw all rows', () => {
      expect(statistics.thrown['half/m']).toMatchObject({ pending: 0, mean: 1 })
      expect(statistics.thrown['good/m']!.completed).toBe(askedFor('good', 'parse'))
      expect(askedFor('good', 'parse')).toBeGreaterThan(20)
    })

    test('the journal says who was asked, also of a call that nobody waited for', async () => {
      const rows = await project.rows('does not wait for the model [select/late]')
      expect(rows.map(({ calls }) => calls[0]!.error?.kind)).toEqual(rows.map(() => 'cancelled'))
      expect(servedBy(rows, 'half/m') + servedBy(rows, 'good/m')).toBe(8)
    })

    test('a configuration file defines a selection, which is a model by its name', async () => {
      const rows = await project.rows('from the file [listed]')
      expect(
        rows
          .map(({ calls }) => calls[0]!.servedBy)
          .slice(0, 4)
          .toSorted(),
      ).toEqual(['good/m', 'good/m', 'half/m', 'half/m'])
    })

    test('a selection is a fixture', async () => {
      expect((await project.evalOf('as a fixture')).scores).toMatchObject({
        score: { n: 3, mean: 1 },
      })
    })
  })

  describe('a pool with a fallback', () => {
    test('rows of the fallback are not mixed into the score of the primary', async () => {
      const { outcomes, scores } = await project.evalOf('falls back [pool/strict]')
      expect(outcomes).toEqual({ scored: 6, blocked: 0, error: 0, skipped: 3 })
      expect(scores['exactMatch']).toMatchObject({ n: 6, mean: 1 })
    })

    test('the journal says who answered, in whose place, and keeps what it scored', async () => {
      const rows = await project.rows('falls back [pool/strict]')
      expect(servedBy(rows, 'good/m')).toBe(askedFor('good', 'strict'))
      expect(rows[0]).toMatchObject({
        outcome: 'skipped',
        skippedBy: 'fallback',
        reason: 'good/m answered in the place of shaky/m.',
        scores: { exactMatch: { value: 1 } },
        calls: [{ model: 'pool/strict', servedBy: 'good/m', fallbackFor: 'shaky/m', attempts: 2 }],
      })
    })

    test('behind a selection it is no reward for the pool, and the journal says who answered at last', async () => {
      const rows = await project.rows('selects a pool [select/over]')
      expect(servedBy(rows, 'good/m')).toBe(3)
      expect(servedBy(rows, 'shaky/m')).toBe(6)
      expect(statistics.behind['pool/strict']).toMatchObject({ completed: 9, mean: 6 / 9 })
    })

    test('they count where that is asked for', async () => {
      const { outcomes, scores } = await project.evalOf('counts fallbacks [pool/mixed]')
      expect(outcomes).toMatchObject({ scored: 9, skipped: 0 })
      expect(scores['exactMatch']).toMatchObject({ n: 9, mean: 1 })
      expect(servedBy(await project.rows('counts fallbacks [pool/mixed]'), 'good/m')).toBe(3)
    })

    test('a person is told that another model answers', () => {
      expect(ended.output).toContain(
        'good/m answers in the place of shaky/m, and its rows are not counted',
      )
    })
  })
})
