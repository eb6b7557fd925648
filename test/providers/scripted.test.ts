import { expect, test } from 'vitest'
import { createProviders } from '../../providers/create-providers.ts'
import { scripted, type Script } from '../../providers/scripted.ts'

async function modelOf(script: Script, name?: string) {
  const { spec, options } = scripted(script, name)
  return (await createProviders().setup(spec, options)).model
}

test('a function answers, with the last text, all messages and the signal', async () => {
  const { signal } = new AbortController()
  const model = await modelOf(
    (input, call) => `${input} of ${call.messages.length}, ${call.signal === signal}`,
  )
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ] as const
  expect(await model.generate(messages, { signal })).toMatchObject({
    text: 'Hi of 2, true',
    finishReason: 'stop',
    costUsd: 0,
    provider: 'scripted',
    model: 'script',
  })
})

test('a list answers call by call, an error in it is thrown, and its end is an error', async () => {
  const model = await modelOf(
    ['one', { text: 'two', finishReason: 'length' }, new Error('down')],
    'list',
  )
  expect(await model.generate('a')).toMatchObject({ text: 'one', model: 'list' })
  expect(await model.generate('b')).toMatchObject({ text: 'two', finishReason: 'length' })
  await expect(model.generate('c')).rejects.toMatchObject({ kind: 'internal', message: 'down' })
  await expect(model.generate('d')).rejects.toMatchObject({
    kind: 'config',
    message: 'scripted/list: response 4 is asked for, but the script has 3 of them.',
  })
})

test('each set-up reads its list from the start', async () => {
  const providers = createProviders()
  const { spec, options } = scripted(['one'])
  const both = await Promise.all([providers.setup(spec, options), providers.setup(spec, options)])
  const texts = await Promise.all(both.map(({ model }) => model.generate('x')))
  expect(texts.map(({ text }) => text)).toEqual(['one', 'one'])
})

test('a script that is none, and one that returns none, are errors', async () => {
  await expect(createProviders().setup('scripted/x', {} as never)).rejects.toMatchObject({
    kind: 'config',
  })
  const model = await modelOf((() => 7) as never, 'seven')
  await expect(model.generate('x')).rejects.toThrow(
    'scripted/seven: expected the script to return a text or { text, … }, got number.',
  )
})
