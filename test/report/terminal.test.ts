import { expect, test } from 'vitest'
import type { RowRecord } from '../../src/evaluation/record.ts'
import type { ReportedSummary } from '../../src/evaluation/summary.ts'
import { renderProgress } from '../../src/report/progress.ts'
import { renderTable } from '../../src/report/table.ts'
import { renderReport, type TerminalReport } from '../../src/report/terminal.ts'

const summary: ReportedSummary = {
  id: 'maths.eval.ts > adds [acme/m1]',
  file: 'maths.eval.ts',
  name: 'adds',
  model: 'acme/m1',
  rows: 40,
  trials: 1,
  outcomes: { scored: 37, blocked: 1, error: 2, skipped: 0 },
  scores: {
    exact: { n: 37, mean: 0.5, stderr: 0.08, ci: [0.34, 0.66], method: 'wilson' },
    length: { n: 1, mean: 12.5, stderr: null, ci: null, method: 't' },
  },
  usage: null,
  costUsd: null,
  knownCostUsd: 0,
  roles: {},
  latencyMs: { p50: 1, p95: 2 },
  gate: 'failed',
  durationMs: 95_000,
  complete: true,
  failure: 'exact: mean is 0.5, expected at least 0.8',
  misses: [],
  errors: [{ message: 'no\nanswer', count: 2, rowId: 'r7' }],
  namedRows: [],
  modelOptions: {},
  datasetHash: '',
}
const record: RowRecord = {
  version: 1,
  evalId: summary.id,
  rowId: 'r 1',
  index: 0,
  trial: 0,
  attempt: { retry: 0, repeat: 0 },
  model: 'acme/m1',
  row: { q: '1+1' },
  outcome: 'scored',
  scores: { length: { value: 3 }, exact: { value: 0, expected: 2, reason: 'not equal' } },
  calls: [
    {
      role: 'model',
      model: 'acme/m1',
      servedBy: 'm1',
      input: [{ role: 'user', content: 'What is\n1 + 1?' }],
      text: 'three',
      finishReason: 'stop',
      usage: null,
      costUsd: null,
      latencyMs: 1,
      attempts: 1,
      cached: false,
    },
  ],
  usage: null,
  costUsd: null,
  latencyMs: 1,
  startedAt: '2026-11-21T00:00:00.000Z',
}
const report: TerminalReport = {
  status: 'interrupted',
  folder: '.assay/runs/x',
  evals: [{ summary, state: 'failed', reported: true, shown: true }],
  misses: [{ eval: summary, record }],
  servers: [],
}
const plain = (_format: unknown, text: string) => text

test('a report has a line per score, the errors, the worst misses and how to run them again', () => {
  expect(`\n${renderReport(report, plain, 1000)}`).toMatchInlineSnapshot(`
    "

     eval    model    rows  score               mean  95 % interval  errors  blocked     cost   time
     ✗ adds  acme/m1    40  exact              0.500  0.340 – 0.660       2        1  unknown  1m35s
                            length (1 of 37)  12.500

     errors
     adds [acme/m1]
       2× no ⏎ answer row r7

     worst misses
     adds [acme/m1] row r 1 exact 0.000
       input    What is ⏎ 1 + 1?
       expected 2
       response three
       reason   not equal
       again    npx vitest run --project evals maths.eval.ts -t '^adds \\[acme/m1\\]$' -- --row 'r 1'

     interrupted: partial results
     results in .assay/runs/x"
  `)
})

test('nothing is said of errors and misses where there are none', () => {
  const text = renderReport({ ...report, status: 'completed', evals: [], misses: [] }, plain, 80)
  expect(text).toBe('\n no eval ran\n\n results in .assay/runs/x')
})

test('a narrow table cuts the end of names and the start of models, and no figure', () => {
  const columns = [
    { title: 'eval', cut: 'end' },
    { title: 'model', cut: 'start' },
    { title: 'mean', align: 'right' },
  ] as const
  const rows = [['a rather long name of an eval', 'llama-cpp/models/tiny-chat.gguf', '0.123']]
  expect(renderTable(columns, rows, 40)).toEqual([
    'eval             model              mean',
    'a rather long …  …/tiny-chat.gguf  0.123',
  ])
})

test('wide characters keep their columns', () => {
  const columns = [
    { title: 'eval', cut: 'end' },
    { title: 'n', align: 'right' },
  ] as const
  expect(
    renderTable(
      columns,
      [
        ['東京', '1'],
        ['Rome', '22'],
      ],
      80,
    ),
  ).toEqual(['eval   n', '東京   1', 'Rome  22'])
})

test('where not even a cut table fits, each eval has lines of its own', () => {
  const text = renderReport({ ...report, status: 'completed', misses: [] }, plain, 40)
  expect(text.split('\n').slice(1, 6)).toEqual([
    ' ✗ adds [acme/m1]',
    '   40 rows, 2 errors, 1 blocked, cost unknown, 1m35s',
    '   exact 0.500 (0.340 – 0.660)',
    '   length (1 of 37) 12.500',
    '',
  ])
})

test('progress is one line with the rows, the errors and the pace', () => {
  const progress = [
    { rows: 100, errors: 0 },
    { rows: 50, errors: 2 },
  ]
  expect(renderProgress(progress, 30_000)).toBe(
    'evals after 30 s: 150 rows in 2 evals, 2 errors, 5.0 rows/s',
  )
  expect(renderProgress([{ rows: 5, errors: 0 }], 5000)).toBe(
    'evals after 5 s: 5 rows in 1 eval, 1.0 rows/s',
  )
})

test('a local server that had to be restarted has its line in the report', () => {
  const server = {
    provider: 'llama-server',
    model: 'x.gguf',
    starts: 2,
    restarts: 1,
    crashes: [{ how: 'signal SIGKILL', log: 'servers/a.log' }],
    readyMs: 100,
    logs: ['servers/a.log', 'servers/b.log'],
  }
  expect(renderReport({ ...report, servers: [server] }, plain, 1000)).toContain(
    '\n llama-server/x.gguf was restarted once: it had ended by signal SIGKILL (log: .assay/runs/x/servers/a.log)\n',
  )
})
