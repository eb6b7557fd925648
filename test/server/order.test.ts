import { expect, test } from 'vitest'
import type { ServerNeed } from '../../src/model/lease.ts'
import { Secret } from '../../src/model/secret.ts'
import { createOrder, keyOf } from '../../src/server/order.ts'

const need: ServerNeed = {
  provider: 'vllm',
  model: 'org/model:7b',
  command: 'vllm',
  install: '',
  args: ['serve', '--port', '{port}', '--served-model-name', 'm#{nonce}'],
  env: { MODE: 'a{nonce}', TOKEN: null },
  withoutEnv: ['LLAMA_ARG_'],
  keyVariable: 'VLLM_API_KEY',
  cwd: '/models',
  port: 'auto',
  ready: { health: '/health', models: '/v1/models', token: null, slots: null },
  startTimeout: 1,
  stopGrace: 2,
  stopAgain: 3,
  gpus: ['1', '3'],
  gpuShare: 0.9,
  requirements: {},
  downloads: null,
}

const place = {
  id: 'abc123',
  program: '/usr/bin/vllm',
  key: new Secret('the-key'),
  env: { PATH: '/usr/bin', LLAMA_ARG_PORT: '1', TOKEN: 'mine', GONE: undefined, MODE: 'b' },
  logDir: '/run/servers',
}

test('the nonce is put in, the port is left to the supervisor', () => {
  const { args, id } = createOrder(need, place)
  expect(args).toEqual(['serve', '--port', '{port}', '--served-model-name', 'm#abc123'])
  expect(id).toBe('abc123')
})

test('the environment is the main process’s, without what the server must not see', () => {
  expect(createOrder(need, place).env).toEqual({
    PATH: '/usr/bin',
    MODE: 'aabc123',
    CUDA_VISIBLE_DEVICES: '1,3',
    HIP_VISIBLE_DEVICES: '1,3',
    VLLM_API_KEY: 'the-key',
  })
})

test('GPUs are left to the server where none are named, and the key where there is none', () => {
  const { env } = createOrder({ ...need, gpus: [], keyVariable: null }, { ...place, key: null })
  expect(Object.keys(env)).toEqual(['PATH', 'MODE'])
})

test('the log is named after model and start', () => {
  expect(createOrder(need, place).log).toBe('/run/servers/org_model_7b-abc123.log')
  const long = createOrder({ ...need, model: 'x'.repeat(300) }, place)
  expect(long.log.length).toBeLessThan(100)
})

test('needs are equal when they start the same server, whatever one requires and however long one waits', () => {
  const key = keyOf(need)
  expect(
    keyOf({
      ...need,
      startTimeout: 9,
      stopGrace: 9,
      install: 'x',
      model: 'other',
      requirements: { memoryGb: 1 },
    }),
  ).toBe(key)
  for (const other of [
    { args: ['serve'] },
    { env: {} },
    { command: '/opt/vllm' },
    { cwd: '/' },
    { port: 8000 },
    { gpus: ['0'] },
    { provider: 'command' },
    { keyVariable: null },
    { withoutEnv: [] },
    { ready: { ...need.ready, health: '/up' } },
  ]) {
    expect(keyOf({ ...need, ...other }), JSON.stringify(other)).not.toBe(key)
  }
})
