import { expect, test } from 'vitest'
import { renderServers, type TableView } from '../../src/cli/server-table.ts'
import { listed } from './listed.ts'

const view: TableView = {
  now: Date.parse('2026-05-04T12:12:30.000Z'),
  cwd: '/project',
  width: Infinity,
  dim: (text) => `<${text}>`,
}
const servers = [
  listed('5b1e8f0c9a7d4e21'),
  listed('c3d4e8f0c9a7d4e2', {
    provider: 'vllm',
    model: 'Qwen/Qwen3-4B',
    port: 8000,
    ready: false,
    users: 1,
    startedAt: '2026-05-04T12:11:49.000Z',
    log: '/projects/other/vllm.log',
  }),
]

test('servers are a table, with the logs of this folder relative to it', () => {
  expect(renderServers(servers, view)).toEqual([
    '<id        model                           port     age  users  state     log>',
    '5b1e8f0c  llama-server/models/tiny.gguf  21034  12 min      2  ready     .assay/runs/r1/servers/tiny.log',
    'c3d4e8f0  vllm/Qwen/Qwen3-4B              8000    41 s      1  starting  /projects/other/vllm.log',
  ])
})

test('on a narrow terminal each server has lines of its own, so that no path is cut', () => {
  expect(renderServers(servers, { ...view, width: 80 })).toEqual([
    'llama-server/models/tiny.gguf',
    '  id 5b1e8f0c, port 21034, ready, 2 users, 12 min',
    '  log .assay/runs/r1/servers/tiny.log',
    'vllm/Qwen/Qwen3-4B',
    '  id c3d4e8f0, port 8000, starting, 1 user, 41 s',
    '  log /projects/other/vllm.log',
  ])
})

test('where nothing runs, that is said', () => {
  expect(renderServers([], view)).toEqual(['No local model server runs.'])
})
