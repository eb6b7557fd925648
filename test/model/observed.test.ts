import { describe, expect, test } from 'vitest'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError } from '../../src/model/error.ts'
import type { ModelImplementation } from '../../src/model/implementation.ts'
import type { Model } from '../../src/model/model.ts'
import { type CallObserver, observed } from '../../src/model/observed.ts'

/** A model with a log of what its observer is told. */
function watch(
  own: Partial<ModelImplementation> = {},
  optionsOf?: CallObserver['optionsOf'],
): { readonly model: Model; readonly inner: Model; readonly told: unknown[] } {
  const told: unknown[] = []
  const inner = createModel({
    provider: 'acme',
    name: 'm',
    generate: async ([message]) => ({ text: `re: ${message!.content}` }),
    ...own,
  })
  const model = observed(inner, (input) => {
    told.push(['open', input])
    return {
      settle: ({ text }) => told.push(['settle', text]),
      fail: (error) => told.push(['fail', (error as AssayError).kind]),
      ...(optionsOf && { optionsOf }),
    }
  })
  return { model, inner, told }
}

const broken = async () => {
  throw new AssayError('No.', { kind: 'server' })
}

async function* chunks() {
  yield { text: 'Pa' }
  yield { text: 'ris' }
  return {}
}

test('a response and an error are told, and handed on as they are', async () => {
  const { model, told } = watch()
  expect((await model.generate('Hi')).text).toBe('re: Hi')
  expect(told).toEqual([
    ['open', 'Hi'],
    ['settle', 're: Hi'],
  ])
  const failing = watch({ generate: broken })
  await expect(failing.model.generate('Hi')).rejects.toMatchObject({ kind: 'server' })
  expect(failing.told).toEqual([
    ['open', 'Hi'],
    ['fail', 'server'],
  ])
})

test('each call of a batch is told', async () => {
  const { model, told } = watch()
  await model.batch(['a', 'b'])
  expect(told).toHaveLength(4)
  expect(told).toEqual(
    expect.arrayContaining([
      ['open', 'a'],
      ['open', 'b'],
      ['settle', 're: a'],
      ['settle', 're: b'],
    ]),
  )
})

describe('of a stream', () => {
  test('the response is told once, however often it is asked for', async () => {
    const { model, told } = watch({ stream: chunks })
    const stream = model.stream('Where?')
    const seen: string[] = []
    for await (const { text } of stream) seen.push(text)
    expect([(await stream.response).text, (await stream.response).text]).toEqual(['Paris', 'Paris'])
    expect(seen).toEqual(['Pa', 'ris'])
    expect(told).toEqual([
      ['open', 'Where?'],
      ['settle', 'Paris'],
    ])
  })

  test('one whose response alone is asked for is told as well', async () => {
    const { model, told } = watch({ stream: chunks })
    await model.stream('Where?').response
    expect(told.at(-1)).toEqual(['settle', 'Paris'])
  })

  test('one that is left is cancelled, and one that fails has failed', async () => {
    const left = watch({ stream: chunks })
    for await (const { text } of left.model.stream('')) if (text) break
    expect(left.told.at(-1)).toEqual(['fail', 'cancelled'])
    const failing = watch({ generate: broken })
    await expect(failing.model.stream('').response).rejects.toMatchObject({ kind: 'server' })
    expect(failing.told.at(-1)).toEqual(['fail', 'server'])
  })

  test('to be opened is not to begin', () => {
    const { model, inner, told } = watch({ stream: chunks })
    model.stream('')
    expect(told).toEqual([['open', '']])
    expect(inner.metrics.calls).toBe(0)
  })
})

test('vectors are told without a text, and a model without them has none', async () => {
  const { model, told } = watch({ embed: async (texts) => texts.map(() => [1]) })
  expect(await model.embed!(['a', 'b'])).toEqual([[1], [1]])
  expect(told).toEqual([
    ['open', ['a', 'b']],
    ['settle', undefined],
  ])
  expect('embed' in watch().model).toBe(false)
})

test('calls are made with the options that the observer makes of them', async () => {
  const stop = AbortSignal.abort(new AssayError('Enough.', { kind: 'timeout' }))
  const { model } = watch({ stream: chunks, embed: async () => [[1]] }, (given) => ({
    ...given,
    signal: stop,
  }))
  const calls = [model.generate(''), model.stream('').response, model.embed!(['a'])]
  for (const call of calls) await expect(call).rejects.toMatchObject({ kind: 'timeout' })
})

test('what the model is, and how it does, is said by the model itself', async () => {
  const { model, inner, told } = watch()
  await model.generate('')
  expect([model.info, model.metrics]).toEqual([inner.info, inner.metrics])
  expect(await model.health()).toMatchObject({ healthy: true })
  expect(told).toHaveLength(2) // a look at its health is no call of somebody's
})
