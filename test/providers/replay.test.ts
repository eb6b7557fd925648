import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import replay, { type ReplayOptions } from '../../providers/replay.ts'
import { currentRow } from '../../src/evaluation/current-row.ts'
import type { CallRecord, RowRecord } from '../../src/evaluation/record.ts'
import { startClock } from '../../src/model/clock.ts'
import type { Message } from '../../src/model/message.ts'
import type { Model } from '../../src/model/model.ts'
import { bindProvider } from '../../src/provider/define-provider.ts'
import { failureOf } from '../support/failure.ts'
import { createProject } from '../support/project.ts'

type Files = Readonly<Record<string, string>>

async function folderOf(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'replay-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

function lines(...values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

/** The model `replay/NAME` of a folder with these files. */
async function modelOf(files: Files, options: ReplayOptions, name = 'recorded'): Promise<Model> {
  const provider = bindProvider(replay, {})
  const handle = await provider.setup(name, options, { baseDir: await folderOf(files) })
  onTestFinished(() => handle.teardown())
  return handle.model
}

const from = 'recorded.jsonl'

function recorded(...responses: readonly object[]): Promise<Model> {
  return modelOf({ [from]: lines(...responses) }, { from })
}

const usage = { inputTokens: 12, outputTokens: 3, cachedInputTokens: 8 }

const call: CallRecord = {
  role: 'model',
  model: 'openai/gpt-5-mini',
  servedBy: 'gpt-5-mini-2026-08-07',
  input: 'What is 17 + 25?',
  text: '42',
  finishReason: 'stop',
  usage,
  costUsd: 0.25,
  latencyMs: 1250,
  attempts: 2,
  cached: false,
}

const row: RowRecord = {
  version: 1,
  evalId: 'evals/sum.eval.ts > adds [openai/gpt-5-mini]',
  rowId: 'a1',
  index: 0,
  trial: 0,
  attempt: { retry: 0, repeat: 0 },
  model: 'openai/gpt-5-mini',
  row: { question: 'What is 17 + 25?' },
  outcome: 'scored',
  scores: { exactMatch: { value: 1 } },
  calls: [call],
  usage,
  costUsd: 0.25,
  latencyMs: 1250,
  startedAt: '2026-11-21T10:00:00.000Z',
}

function rowOf(calls: readonly Partial<CallRecord>[], more: Partial<RowRecord> = {}): RowRecord {
  return { ...row, ...more, calls: calls.map((one) => ({ ...call, ...one })) }
}

describe('a file of responses', () => {
  test('answers an input with what was recorded for it', async () => {
    const model = await recorded(
      { input: 'Hi', text: 'Hello.' },
      {
        input: 'How?',
        text: 'Well',
        finishReason: 'length',
        usage,
        servedBy: 'small-2',
        latencyMs: 900,
        costUsd: 3,
      },
    )
    expect(await model.generate('Hi')).toMatchObject({
      text: 'Hello.',
      finishReason: 'stop',
      blocked: null,
      toolCalls: [],
      usage: null,
      costUsd: 0,
      provider: 'replay',
      model: 'recorded',
      servedBy: 'recorded',
      cached: false,
      attempts: 1,
    })
    const response = await model.generate('How?')
    expect(response).toMatchObject({
      text: 'Well',
      finishReason: 'length',
      usage,
      costUsd: 0,
      servedBy: 'small-2',
      raw: { input: 'How?', latencyMs: 900, costUsd: 3 },
    })
    expect(response.latencyMs).toBeLessThan(900)
  })

  test('keeps what the provider blocked, and calls of tools', async () => {
    const blocked = { reason: 'violence', source: 'finish_reason' }
    const toolCalls = [{ id: '1', name: 'now', arguments: '{}' }]
    const model = await recorded(
      { input: 'Bad', text: '', finishReason: 'content_filter', blocked },
      { input: 'When?', text: '', finishReason: 'tool_calls', toolCalls },
    )
    expect(await model.generate('Bad')).toMatchObject({ finishReason: 'content_filter', blocked })
    expect(await model.generate('When?')).toMatchObject({ finishReason: 'tool_calls', toolCalls })
  })

  test('a call of a tool keeps its signature, so that the turn after it is found', async () => {
    const toolCalls = [{ id: '1', name: 'now', arguments: '{}', signature: 'c2lnbmVk' }]
    const after = (calls: Message['toolCalls']): readonly Message[] => [
      { role: 'user', content: 'When?' },
      { role: 'assistant', content: '', toolCalls: calls ?? [] },
      { role: 'tool', toolCallId: '1', content: '12:00' },
    ]
    const model = await recorded(
      { input: 'When?', text: '', finishReason: 'tool_calls', toolCalls },
      { input: after(toolCalls), text: 'At noon.' },
    )
    const first = await model.generate('When?')
    expect(first.toolCalls).toEqual(toolCalls)
    expect((await model.generate(after(first.toolCalls))).text).toBe('At noon.')
  })

  test('a prompt and a conversation of it alone are one input, whatever the order of fields', async () => {
    const messages = [
      { content: 'One word.', role: 'system' },
      { role: 'user', content: 'Hi', images: [{ url: 'https://example.org/a.png' }] },
    ]
    const model = await recorded(
      { input: [{ content: 'Hi', role: 'user' }], text: 'alone' },
      { input: messages, text: 'together' },
    )
    expect((await model.generate('Hi')).text).toBe('alone')
    const reordered = messages.map((one) => Object.fromEntries(Object.entries(one).toReversed()))
    expect((await model.generate(reordered as unknown as Message[])).text).toBe('together')
    const other = [messages[0], { role: 'user', content: 'Hi' }] as Message[]
    expect((await failureOf(model.generate(other))).kind).toBe('not_found')
  })

  test('may be a list of JSON', async () => {
    const list = JSON.stringify([{ input: 'Hi', text: 'Hello.' }])
    const model = await modelOf({ 'deep/list.json': list }, { from: 'deep/list.json' })
    expect((await model.generate('Hi')).text).toBe('Hello.')
  })

  test('stream() gives the text, and there are no embeddings', async () => {
    const model = await recorded({ input: 'Hi', text: 'Hello.', usage })
    const stream = model.stream('Hi')
    const texts: string[] = []
    for await (const chunk of stream) texts.push(chunk.text)
    expect(texts).toEqual(['Hello.'])
    expect(await stream.response).toMatchObject({ usage, firstTokenMs: null })
    expect(model).not.toHaveProperty('embed')
  })

  test('its model is healthy, since nothing can fail, and asks for nothing to say so', async () => {
    const model = await recorded({ input: 'Hello', text: 'Hello.' })
    expect(await model.health()).toEqual({ healthy: true, latencyMs: expect.any(Number) as number })
    expect(model.info.isFree).toBe(true)
    expect(model.metrics).toMatchObject({ calls: 0, failures: 0 })
    await model.generate('Hello')
    expect(model.metrics).toMatchObject({ calls: 1, failures: 0 })
  })
})

describe('repeats of an input', () => {
  const three = ['first', 'second', 'third'].map((text) => ({ input: 'Hi', text }))
  const textsOf = (model: Model, trials: readonly number[]) =>
    Promise.all(trials.map(async (trial) => (await model.generate('Hi', { trial })).text))

  test('are given by trial, in the order in which they were recorded, however they are asked for', async () => {
    const model = await recorded(...three)
    expect(await textsOf(model, [2, 0, 1, 0, 2])).toEqual([
      'third',
      'first',
      'second',
      'first',
      'third',
    ])
    expect((await model.generate('Hi')).text).toBe('first')
  })

  test('are given by the trial of the row that asks', async () => {
    const model = await recorded(...three)
    const inTrial = (trial: number) => {
      const { signal } = new AbortController()
      const clock = startClock(0, () => {})
      return currentRow.run({ signal, calls: [], trial, clock, isOver: false }, async () => {
        return (await model.generate('Hi')).text
      })
    }
    expect(await Promise.all([inTrial(2), inTrial(0), inTrial(1)])).toEqual([
      'third',
      'first',
      'second',
    ])
  })

  test('may name their trials; others are those of further ones', async () => {
    const model = await recorded(
      { input: 'Hi', text: 'further' },
      { input: 'Hi', text: 'of 1', trial: 1 },
      { input: 'Hi', text: 'of 0', trial: 0 },
      { input: 'Hi', text: 'of 0, too', trial: 0 },
    )
    expect(await textsOf(model, [0, 1, 2, 3])).toEqual(['of 0', 'of 1', 'further', 'of 0, too'])
  })

  test('that were not recorded are an error that says which were', async () => {
    const model = await recorded(...three.slice(0, 2))
    expect(await failureOf(model.generate('Hi', { trial: 2 }))).toMatchObject({
      kind: 'not_found',
      message:
        'replay: recorded.jsonl has this input for trials 0, 1, and not for trial 2 (the first is 0).',
    })
  })
})

describe('an input that was not recorded', () => {
  const failure = async (input: string | Message[], ...responses: readonly object[]) => {
    const model = await recorded(...responses)
    return failureOf(model.generate(input))
  }

  test('is an error that shows the nearest', async () => {
    const error = await failure(
      'What is the capital of Austria, in one word?',
      { input: 'Who wrote Faust?', text: 'Goethe, whom nobody asked for.' },
      { input: 'What is the capital of Australia, in one word?', text: 'Canberra' },
      { input: 'What is the capital of France?', text: 'Paris' },
    )
    expect(error).toMatchObject({
      kind: 'not_found',
      provider: 'replay',
      message:
        'replay: recorded.jsonl has no response to this input; 3 inputs are recorded. The nearest differs after ' +
        '28 characters: recorded is "…t is the capital of Australia, in one word?", asked is ' +
        '"…t is the capital of Austria, in one word?".',
    })
    for (const text of ['Goethe', 'Canberra', 'Paris']) expect(error.message).not.toContain(text)
  })

  test('shows at most 80 characters of each, on one line', async () => {
    const input = `${'before '.repeat(500)}HERE\n${'after '.repeat(500)}`
    const { message } = await failure(input.replace('HERE', 'THERE'), { input, text: 'x' })
    const shown = [...message.matchAll(/"[^"]*"/g)].map(([text]) => text)
    expect(shown).toHaveLength(2)
    for (const text of shown) {
      expect(text.length).toBeLessThanOrEqual(80)
      expect(text).toMatch(/HERE\\nafter/)
    }
    expect(message).toContain('differs after 3500 characters')
    expect(message).not.toContain('\n')
  })

  test('finds the nearest of long inputs', async () => {
    const texts = Array.from({ length: 200 }, (_, n) => `${'context '.repeat(5000)}question ${n}`)
    const responses = texts.map((input) => ({ input, text: 'x' }))
    const { message } = await failure(`${texts[77]}?`, ...responses)
    expect(message).toContain('question 77", asked is')
    expect(message).toContain('question 77?"')
  })

  test('shows a conversation as JSON', async () => {
    const message: Message = { role: 'user', content: 'Hi' }
    const { message: said } = await failure([{ role: 'system', content: 'Two words.' }, message], {
      input: [{ role: 'system', content: 'One word.' }, message],
      text: 'x',
    })
    expect(said).toContain('1 input is recorded. The nearest differs after 13 characters:')
    expect(said).toContain('One word.')
    expect(said).toContain('Two words.')
  })
})

describe('a run', () => {
  const run = '.assay/runs/20261121-100000-000-abcdef'
  const replayed = (rows: readonly RowRecord[], options: Partial<ReplayOptions> = {}) =>
    modelOf({ [`${run}/rows-7.jsonl`]: lines(...rows) }, { from: run, ...options })

  test('answers as its model did', async () => {
    const model = await modelOf(
      {
        [`${run}/run.json`]: '{}',
        [`${run}/rows-1.jsonl`]: lines(row),
        [`${run}/rows-2-1.2.jsonl`]: lines(
          rowOf([{ input: 'Hi', text: 'Hello.' }], { rowId: 'b2' }),
        ),
      },
      { from: run },
    )
    expect(await model.generate('What is 17 + 25?')).toMatchObject({
      text: '42',
      usage,
      costUsd: 0,
      attempts: 1,
      servedBy: 'gpt-5-mini-2026-08-07',
      raw: call,
    })
    expect((await model.generate('Hi')).text).toBe('Hello.')
  })

  test('may be given as one of its journals', async () => {
    const model = await modelOf({ 'rows-1.jsonl': lines(row) }, { from: 'rows-1.jsonl' })
    expect((await model.generate('What is 17 + 25?')).text).toBe('42')
  })

  test('gives each trial its own response, whichever was written first', async () => {
    const model = await replayed([
      rowOf([{ text: 'of 2' }], { trial: 2 }),
      rowOf([{ text: 'of 0' }, { text: 'of 0, again' }]),
      rowOf([{ text: 'of 1' }], { trial: 1 }),
    ])
    const texts = [0, 1, 2, 3].map(async (trial) => {
      return (await model.generate('What is 17 + 25?', { trial })).text
    })
    expect(await Promise.all(texts)).toEqual(['of 0', 'of 1', 'of 2', 'of 0, again'])
  })

  test('of rows with the same content the first in the dataset holds', async () => {
    const model = await replayed([
      rowOf([{ text: 'of row 5' }], { rowId: 'a1#2', index: 5 }),
      rowOf([{ text: 'of row 0' }]),
    ])
    expect((await model.generate('What is 17 + 25?')).text).toBe('of row 0')
    expect((await model.generate('What is 17 + 25?', { trial: 1 })).text).toBe('of row 5')
  })

  test('of a row that ran again the last holds, and repeats go on after the trials', async () => {
    const repeat = { retry: 0, repeat: 1 }
    const model = await replayed([
      rowOf([{ text: 'repeat 1' }], { attempt: repeat }),
      rowOf([{ text: 'retry 1' }], { attempt: { retry: 1, repeat: 0 } }),
      rowOf([{ text: 'retry 0' }]),
      rowOf([{ text: 'trial 1' }], { trial: 1 }),
      rowOf([{ text: 'repeat 1, trial 1, resumed' }], {
        attempt: repeat,
        trial: 1,
        startedAt: '2026-11-22',
      }),
      rowOf([{ text: 'repeat 1, trial 1' }], { attempt: repeat, trial: 1 }),
    ])
    const texts = [0, 1, 2, 3].map(async (trial) => {
      return (await model.generate('What is 17 + 25?', { trial })).text
    })
    expect(await Promise.all(texts)).toEqual([
      'retry 1',
      'trial 1',
      'repeat 1',
      'repeat 1, trial 1, resumed',
    ])
  })

  test('a call that failed has no response, and leaves its trial to no other', async () => {
    const error = { kind: 'server', message: 'openai: API error (500)' } as const
    const model = await replayed([
      rowOf([{ text: null, finishReason: 'error', error }]),
      rowOf([{ text: 'of 1' }, { text: 'of 1, again' }], { trial: 1 }),
      rowOf([{ input: ['a text', 'another'], text: null, usage }], { rowId: 'b2' }),
    ])
    expect((await model.generate('What is 17 + 25?', { trial: 1 })).text).toBe('of 1')
    expect((await model.generate('What is 17 + 25?', { trial: 2 })).text).toBe('of 1, again')
    expect(await failureOf(model.generate('What is 17 + 25?'))).toMatchObject({
      kind: 'not_found',
      message: `replay: ${run} has this input for trials 1, 2, and not for trial 0 (the first is 0).`,
    })
  })

  test('that asked for calls of tools cannot be replayed, since it does not keep them', async () => {
    const model = await replayed([rowOf([{ text: '', finishReason: 'tool_calls' }])])
    expect(await failureOf(model.generate('What is 17 + 25?'))).toMatchObject({
      kind: 'not_found',
      message: `replay: the response at ${run}/rows-7.jsonl:1 asked for calls of tools, which a journal does not keep; put it into a file of responses, with \`toolCalls\`.`,
    })
  })

  test('what was blocked is blocked', async () => {
    const blocked = { reason: 'content_filter', source: 'finish_reason' }
    const model = await replayed([rowOf([{ text: '', finishReason: 'content_filter', blocked }])])
    expect(await model.generate('What is 17 + 25?')).toMatchObject({
      finishReason: 'content_filter',
      blocked,
    })
  })
})

describe('of several models', () => {
  const small = { model: 'openai/gpt-5-mini', text: 'small' }
  const large = { model: 'anthropic/claude-opus-5-5', text: 'large' }
  const judge = { model: 'openai/gpt-5', role: 'judge', text: 'judge' } as const
  const journal = (...calls: Partial<CallRecord>[]) => ({ 'rows-1.jsonl': lines(rowOf(calls)) })
  const both = journal(small, large, judge)
  const options = { from: 'rows-1.jsonl' }
  const textOf = async (model: Model) => (await model.generate('What is 17 + 25?')).text

  test('the option chooses one, else the name in the spec', async () => {
    expect(await textOf(await modelOf(both, { ...options, model: small.model }))).toBe('small')
    expect(await textOf(await modelOf(both, options, large.model))).toBe('large')
    expect(await textOf(await modelOf(both, { ...options, model: small.model }, large.model))).toBe(
      'small',
    )
    expect(await textOf(await modelOf(both, options, judge.model))).toBe('judge')
  })

  test('the only one that was under test is the one', async () => {
    expect(await textOf(await modelOf(journal(large, judge), options))).toBe('large')
    expect(await textOf(await modelOf(journal(judge), options))).toBe('judge')
  })

  test.for<[ReplayOptions, string]>([
    [
      options,
      'rows-1.jsonl has responses of several models; it has those of anthropic/claude-opus-5-5, openai/gpt-5, ' +
        'openai/gpt-5-mini. Choose one with the option `model`, or by the spec, as replay/anthropic/claude-opus-5-5.',
    ],
    [
      { ...options, model: 'openai/gpt-4' },
      'rows-1.jsonl has no responses of openai/gpt-4; it has those of anthropic/claude-opus-5-5, openai/gpt-5, ' +
        'openai/gpt-5-mini. Choose one with the option `model`, or by the spec, as replay/anthropic/claude-opus-5-5.',
    ],
  ])('else it is an error that lists them: %j', async ([given, message]) => {
    expect(await failureOf(modelOf(both, given))).toMatchObject({
      kind: 'config',
      message: `replay: ${message}`,
    })
  })

  test('a file that names none has none to choose', async () => {
    const files = { [from]: lines({ input: 'Hi', text: 'Hello.' }) }
    const failure = await failureOf(modelOf(files, { from, model: 'openai/gpt-5' }))
    expect(failure.message).toMatch(
      /^replay: recorded\.jsonl has no responses of openai\/gpt-5; it has no names of models\./,
    )
  })

  test('they are what can be listed', async () => {
    const provider = bindProvider(replay, { baseDir: await folderOf(both) })
    expect(await provider.listModels!(options)).toEqual([
      { id: 'anthropic/claude-opus-5-5' },
      { id: 'openai/gpt-5' },
      { id: 'openai/gpt-5-mini' },
    ])
  })
})

describe('what cannot be read is an error of the set-up:', () => {
  const good = lines({ input: 'Hi', text: 'Hello.' })

  test.for<[string, string, RegExp]>([
    ['a.jsonl', `${good}{"input": "Hi", "te\n`, /^a\.jsonl:2: expected one JSON value per line: /],
    ['a.jsonl', `${good}\n${lines({ input: 'Hi' })}`, /^a\.jsonl:3: `text`: it is missing\.$/],
    [
      'a.jsonl',
      lines({ input: 7, text: '' }),
      /^a\.jsonl:1: `input`: expected a text or a list of messages\.$/,
    ],
    [
      'a.jsonl',
      lines({ input: [{ role: 'user' }], text: '' }),
      /^a\.jsonl:1: `input`: expected a text or a list of messages\.$/,
    ],
    [
      'a.jsonl',
      lines({ input: '', text: '', usage: { inputTokens: 1 } }),
      /^a\.jsonl:1: `usage\.outputTokens`: it is missing\.$/,
    ],
    [
      'a.jsonl',
      lines({ input: '', text: '', finishReason: 'end' }),
      /^a\.jsonl:1: `finishReason`: expected "stop" or /,
    ],
    ['a.jsonl', '"Hi"\n', /^a\.jsonl:1: expected an object\.$/],
    [
      'a.jsonl',
      lines(row, rowOf([], { version: 2 as 1 })),
      /^a\.jsonl:2: `version`: expected a journal of version 1\.$/,
    ],
    ['a.jsonl', lines(rowOf([{ input: 7 }])), /^a\.jsonl:1: `input`: /],
    ['a.jsonl', '\n', /^replay: a\.jsonl holds no response\.$/],
    ['a.json', '[{"input": "Hi"}]', /^a\.json\[0\]: `text`: it is missing\.$/],
    ['a.json', '{}', /^replay: a\.json: expected a list of responses\.$/],
    ['a.json', '[\n{"input": 7;}]', /^replay: a\.json:2: expected a list of responses in JSON\.$/],
    [
      'run/run.json',
      '{}',
      /^replay: run is no folder of a run: it holds no journal, rows-….jsonl\.$/,
    ],
  ])('%s: %j', async ([file, content, message]) => {
    const setup = modelOf({ [file]: content }, { from: file.replace(/\/.*/, '') })
    expect(await failureOf(setup)).toMatchObject({
      kind: 'config',
      message: expect.stringMatching(message),
    })
  })

  test('a file that is not there', async () => {
    const failure = await failureOf(modelOf({}, { from: 'missing.jsonl' }))
    expect(failure).toMatchObject({ kind: 'config' })
    expect(failure.message).toMatch(
      /^replay: there is no missing\.jsonl \(\/.+\/missing\.jsonl\): give a run's folder or a file of responses as `from`\./,
    )
  })

  test('no file at all', async () => {
    const failure = await failureOf(bindProvider(replay, {}).setup('recorded'))
    expect(failure).toMatchObject({
      kind: 'config',
      message: 'replay: options: `from`: it is missing',
    })
  })
})

test('one relative path is another file for an eval in another folder', async () => {
  const provider = bindProvider(replay, {})
  const texts = ['one', 'two'].map(async (text) => {
    const baseDir = await folderOf({ [from]: lines({ input: 'Hi', text }) })
    await using handle = await provider.setup('recorded', { from }, { baseDir })
    return (await handle.model.generate('Hi')).text
  })
  expect(await Promise.all(texts)).toEqual(['one', 'two'])
})

test('a real run gives the same scores again, row by row and trial by trial', async () => {
  await using project = await createProject({
    'evals/guess.eval.ts': `
      import { foreach } from 'vitest-assay'

      const guess = (question: string) => \`\${question} \${Math.random()}\`
      const again = { spec: 'replay/again', options: { from: process.env['RUN'] } }

      foreach(['one', 'two', 'three', 'two'], { models: [process.env['RUN'] ? again : guess], trials: 3 })(
        'guesses',
        async (question, { model }) => Number((await model.generate(question)).text.split(' ')[1]),
      )
    `,
  })
  const first = await project.vitest()
  expect(first.exitCode, first.output).toBe(0)
  const [id] = await project.runs()
  const before = scoresOf(await project.rows())
  const second = await project.vitest({ env: { RUN: `../.assay/runs/${id}` } })
  expect(second.exitCode, second.output).toBe(0)
  expect(scoresOf(await project.rows())).toEqual(before)
  expect(new Set(Object.values(before)).size).toBe(9) // 3 questions, 3 trials
})

/** By question and trial: of rows with the same question those of the first. */
function scoresOf(rows: readonly RowRecord[]): Record<string, number> {
  const firstOnes = rows.filter(({ index }) => index < 3)
  return Object.fromEntries(
    firstOnes.map(({ row: question, trial, scores }) => [
      `${question as string} ${trial}`,
      scores['score']!.value,
    ]),
  )
}
