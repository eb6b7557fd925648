import { describe, expect, test } from 'vitest'
import { createModel } from '../../src/model/create-model.ts'
import type { Message } from '../../src/model/message.ts'
import type { Model, ModelInput } from '../../src/model/model.ts'
import { type SetOfModel, withSettings } from '../../src/model/with-settings.ts'

/** A model that remembers what it was asked. */
function listener(): { model: Model; heard: (readonly Message[])[] } {
  const heard: (readonly Message[])[] = []
  const model = createModel({
    provider: 'acme',
    name: 'm',
    contextWindow: 1000,
    async generate(messages) {
      heard.push(messages)
      return { text: 'yes', usage: { inputTokens: 2, outputTokens: 1 } }
    },
    async embed(texts) {
      return texts.map((text) => [text.length])
    },
  })
  return { model, heard }
}

async function heardBy(settings: SetOfModel, input: ModelInput): Promise<readonly Message[]> {
  const { model, heard } = listener()
  await withSettings(model, settings).generate(input)
  return heard[0]!
}

const own: Message = { role: 'system', content: 'own' }
const question: Message = { role: 'user', content: 'why?' }

describe('an instruction', () => {
  test.for([
    ['prepend', 'why?', [{ role: 'system', content: 'set' }, question]],
    ['append', 'why?', [{ role: 'system', content: 'set' }, question]],
    ['prepend', [question], [{ role: 'system', content: 'set' }, question]],
    ['prepend', [own, question], [{ role: 'system', content: 'set\n\nown' }, question]],
    ['append', [own, question], [{ role: 'system', content: 'own\n\nset' }, question]],
    [undefined, [own, question], [{ role: 'system', content: 'set\n\nown' }, question]],
    [
      'append',
      [question, own, { role: 'system', content: 'later' }],
      [question, { role: 'system', content: 'own\n\nset' }, { role: 'system', content: 'later' }],
    ],
  ] as const)(
    'R-44: an instruction stands before or after the system message (%s): %j is asked as %j',
    async ([systemPosition, input, messages]) => {
      expect(await heardBy({ system: 'set', systemPosition }, input)).toEqual(messages)
    },
  )

  test('R-44: an instruction is in each way to ask, once', async () => {
    const { model, heard } = listener()
    const set = withSettings(model, { system: 'set' })
    await set.generate('a')
    await set.stream('b').response
    await set.batch(['c', 'd'])
    for await (const { result } of set.streamBatch(['e'])) expect(result.status).toBe('fulfilled')
    expect(heard.map((messages) => messages.map(({ content }) => content))).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((input) => ['set', input]),
    )
  })

  test('R-44: an instruction changes nothing of the conversation that was given', async () => {
    const input = Object.freeze([Object.freeze({ ...own }), question])
    await heardBy({ system: 'set' }, input)
    expect(input[0]).toEqual(own)
  })

  test('R-44: an instruction is no part of a health check, nor of embeddings', async () => {
    const { model, heard } = listener()
    const set = withSettings(model, { system: 'set' })
    expect(await set.health()).toMatchObject({ healthy: true })
    expect(heard[0]).toEqual([{ role: 'user', content: 'Hi' }])
    expect([...(await set.embed!(['abc']))]).toEqual([[3]])
  })
})

test('O-18: capabilities are told, and a context window goes before that of the server', () => {
  const { model } = listener()
  const capabilities = { tools: true, contextWindow: 200 }
  expect(withSettings(model, { capabilities }).info).toEqual({
    ...model.info,
    capabilities,
    contextWindow: 200,
  })
  expect(withSettings(model, { capabilities: { vision: true } }).info).toMatchObject({
    capabilities: { vision: true },
    contextWindow: 1000,
  })
})

test('the counts are those of the model itself', async () => {
  const { model } = listener()
  const set = withSettings(model, { system: 'set' })
  await set.generate('a')
  await model.generate('b')
  expect(set.metrics).toMatchObject({ calls: 2, failures: 0, inputTokens: 4, outputTokens: 2 })
})

test('where nothing is set it is the model itself', () => {
  const { model } = listener()
  expect(withSettings(model, {})).toBe(model)
  expect(withSettings(model, { system: '' })).toBe(model)
})

test('a model without embeddings has none', () => {
  const plain = createModel({ provider: 'a', name: 'm', generate: async () => ({ text: '' }) })
  expect('embed' in withSettings(plain, { system: 'set' })).toBe(false)
})
