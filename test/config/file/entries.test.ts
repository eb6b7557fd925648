import { describe, expect, test } from 'vitest'
import type { Limits } from '../../../src/model/permit.ts'
import { openDesk, pool } from '../../broker/desk/open-desk.ts'
import { loadText, problemOf } from './load-text.ts'

async function settingsOf(entry: string) {
  const { modelConfigs } = await loadText(`models: [{ name: b, provider: a, ${entry} }]`)
  return modelConfigs['a/b']![0]!
}

describe('capabilities', () => {
  test('O-18: capabilities have names of their own', async () => {
    const { capabilities } = await settingsOf(
      'capabilities: { text: true, code: false, tools: true, vision: true, audio: false, ' +
        'streaming: true, context_window: 128000, max_output_tokens: 4096 }',
    )
    expect(capabilities).toEqual({
      text: true,
      code: false,
      tools: true,
      vision: true,
      audio: false,
      streaming: true,
      contextWindow: 128_000,
      maxOutputTokens: 4096,
    })
  })

  test('O-18: capabilities may have the names of other tools', async () => {
    const { capabilities } = await settingsOf(
      'capabilities: { text_generation: true, code_generation: true, function_calling: true, ' +
        'supports_functions: true, supports_streaming: true, max_tokens: 8192 }',
    )
    expect(capabilities).toEqual({
      text: true,
      code: true,
      tools: true,
      streaming: true,
      maxOutputTokens: 8192,
    })
  })

  test.for([
    ['function_calling: true, supports_functions: false', 'function_calling', 'supports_functions'],
    ['tools: false, function_calling: true', 'tools', 'function_calling'],
    ['max_tokens: 1, max_output_tokens: 2', 'max_output_tokens', 'max_tokens'],
  ] as const)('O-18: two names for one thing must agree: %s', async ([said, one, other]) => {
    const problem = await problemOf(`models: [{ name: b, provider: a, capabilities: { ${said} } }]`)
    expect(problem).toMatch(
      new RegExp(
        `^assay.config.yaml:1:\\d+: \`${one}\` and \`${other}\` are one thing, and say two.$`,
      ),
    )
  })

  test('O-18: half a price is an error', async () => {
    const entry = '{ name: b, provider: a, capabilities: { input_cost_per_token: 0.1 } }'
    expect(await problemOf(`models: [${entry}]`)).toBe(
      'assay.config.yaml:1:34: a price needs both, `input_cost_per_token` and `output_cost_per_token`.',
    )
  })

  test('O-18: the price of a token in one direction, beside that of both, is an error', async () => {
    const problem = await problemOf(
      'models: [{ name: b, provider: a, capabilities: { output_cost_per_token: 0.00003 }, ' +
        'constraints: { cost_per_token: 0.00001 } }]',
    )
    expect(problem).toBe(
      'assay.config.yaml:1:99: `cost_per_token` is the price in both directions; remove it, or `input_cost_per_token` and `output_cost_per_token`.',
    )
  })
})

describe('constraints', () => {
  test('O-19: constraints are limits of the model, and what a local server needs', async () => {
    const settings = await settingsOf(
      'constraints: { max_requests_per_minute: 100, max_tokens_per_minute: 9000, ' +
        'max_concurrent_requests: 10, required_memory_gb: 2, required_gpu_memory_gb: 4.5 }',
    )
    expect(settings).toMatchObject({
      options: { limits: { rpm: 100, tpm: 9000, concurrency: 10 } },
      requirements: { memoryGb: 2, gpuMemoryGb: 4.5 },
    })
  })

  test('O-19: constraints hold: of 101 requests the last waits for the next minute', async () => {
    const { options } = await settingsOf('constraints: { max_requests_per_minute: 100 }')
    const { ask, clock } = openDesk({ concurrency: { default: 1000 } })
    const of = pool({ local: true, limits: options!['limits'] as Limits })
    const asked = Array.from({ length: 101 }, () => ask(of))
    await clock.pass(3_600_000, () => asked.every(({ at }) => at !== undefined))
    expect(asked.map(({ at }) => at)).toEqual([...Array<number>(100).fill(0), 60_000])
  })

  test('O-19: constraints hold beside the limits of the options', async () => {
    const { options } = await settingsOf(
      'config: { limits: { tpm: 5, rpd: 7 } }, constraints: { max_requests_per_minute: 100 }',
    )
    expect(options).toEqual({ limits: { rpm: 100, tpm: 5, rpd: 7 } })
  })

  test('O-19: constraints beside limits that are none is an error', async () => {
    const problem = await problemOf(
      'models: [{ name: b, provider: a, config: { limits: 5 }, constraints: { max_requests_per_minute: 1 } }]',
    )
    expect(problem).toBe(
      'assay.config.yaml:1:44: beside `constraints` expected limits by name, as `rpm`.',
    )
  })

  test('O-19: constraints that are not there limit nothing', async () => {
    const settings = await settingsOf('constraints: { cost_per_token: 0.00003 }')
    expect(settings.options).toEqual({})
    expect(settings).not.toHaveProperty('requirements')
  })

  test.for([
    'max_requests_per_minute: 0',
    'max_concurrent_requests: 1.5',
    'required_memory_gb: -1',
  ])('O-19: constraints of no sense are an error: %s', async (said) => {
    const problem = await problemOf(`models: [{ name: b, provider: a, constraints: { ${said} } }]`)
    expect(problem).toMatch(/^assay\.config\.yaml:1:49: `models\.0\.constraints\./)
  })
})

test('where each option stands is known, for its errors', async () => {
  const settings = await settingsOf(
    'config: { id: x }, options: { seed: 1 }, constraints: { max_concurrent_requests: 1 }, system_instruction: x',
  )
  expect(settings.at).toEqual({
    'options.id': expect.stringMatching(/:1:44$/) as string,
    'fields.seed': expect.stringMatching(/:1:64$/) as string,
    'options.limits': expect.stringMatching(/:1:75$/) as string,
    system: expect.stringMatching(/:1:120$/) as string,
  })
})
