import { expect, test } from 'vitest'
import type { ServerHistory } from '../../src/model/lease.ts'
import { describeCrashes, fromRunFolder } from '../../src/report/servers.ts'

const history: ServerHistory = {
  provider: 'llama-server',
  model: 'x.gguf',
  starts: 1,
  restarts: 0,
  crashes: [],
  readyMs: 120.25,
  logs: ['/project/.assay/runs/r1/servers/x-a.log'],
}

test('a server that did as it was told has no line', () => {
  expect(describeCrashes([history], 'runs/r1')).toEqual([])
})

test('a server that was restarted has a line that says why, with the log of the one that ended last', () => {
  const crashes = [{ how: 'signal SIGKILL', log: 's/a.log' }]
  const once = { ...history, starts: 2, restarts: 1, crashes }
  expect(describeCrashes([once], 'runs/r1')).toEqual([
    'llama-server/x.gguf was restarted once: it had ended by signal SIGKILL (log: runs/r1/s/a.log)',
  ])
  const thrice = {
    ...once,
    starts: 3,
    restarts: 2,
    crashes: ['a', 'b', 'c'].map((name) => ({ how: `exit code ${name}`, log: `s/${name}.log` })),
  }
  expect(describeCrashes([thrice], 'runs/r1')).toEqual([
    'llama-server/x.gguf was restarted twice: it had ended by exit code a, then by exit code b, ' +
      'then by exit code c (log: runs/r1/s/c.log)',
  ])
})

test('a server that was not restarted has a line that says so', () => {
  const lost = { ...history, crashes: [{ how: 'exit code 1', log: 's/a.log' }] }
  expect(describeCrashes([lost], 'runs/r1')).toEqual([
    'llama-server/x.gguf was not started again: it had ended by exit code 1 (log: runs/r1/s/a.log)',
  ])
})

test('logs are named from the folder of the run', () => {
  const [log = ''] = history.logs
  const crashed = { ...history, crashes: [{ how: 'exit code 1', log }] }
  expect(fromRunFolder(crashed, '/project/.assay/runs/r1')).toEqual({
    ...history,
    readyMs: 120,
    crashes: [{ how: 'exit code 1', log: 'servers/x-a.log' }],
    logs: ['servers/x-a.log'],
  })
})
