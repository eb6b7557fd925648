import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { streamOfCallback } from '../../src/model/text-stream.ts'

test('texts come as they are reported, and what the function resolves with comes last', async () => {
  const stream = streamOfCallback(async (onText) => {
    onText('a')
    await turn()
    onText('b')
    onText('c')
    await turn()
    return 'done'
  })
  expect(await all(stream)).toEqual([['a', 'b', 'c'], 'done'])
})

test('texts that are reported before anyone reads are kept', async () => {
  const stream = streamOfCallback(async (onText) => {
    for (const text of ['a', 'b', 'c']) onText(text)
    return 1
  })
  expect(await stream.next()).toEqual({ done: false, value: { text: 'a' } })
  await turn()
  expect(await all(stream)).toEqual([['b', 'c'], 1])
})

test('texts that are reported while the reader is busy are not lost', async () => {
  const report = Promise.withResolvers<(text: string) => void>()
  const end = Promise.withResolvers<string>()
  const stream = streamOfCallback((onText) => {
    report.resolve(onText)
    return end.promise
  })
  const first = stream.next()
  const onText = await report.promise
  onText('a')
  await first
  onText('b')
  await turn()
  onText('c')
  end.resolve('end')
  await turn()
  expect(await all(stream)).toEqual([['b', 'c'], 'end'])
})

test('a reader that waits is woken by each text and by the end', async () => {
  const stream = streamOfCallback(async (onText) => {
    for (let n = 0; n < 100; n++) {
      if (n % 3 === 0) await turn()
      onText(String(n))
    }
    await turn()
    return 'end'
  })
  const [texts, value] = await all(stream)
  expect(texts).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
  expect(value).toBe('end')
})

test('an empty text is no chunk', async () => {
  const stream = streamOfCallback(async (onText) => {
    onText('')
    await turn()
    onText('a')
    onText('')
  })
  expect(await all(stream)).toEqual([['a'], undefined])
})

test('an error comes after the texts before it', async () => {
  const stream = streamOfCallback(async (onText) => {
    onText('begun')
    throw new Error('out of memory')
  })
  await turn()
  expect(await stream.next()).toEqual({ done: false, value: { text: 'begun' } })
  await expect(stream.next()).rejects.toThrow('out of memory')
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('an error after the reader has left disturbs nobody', async () => {
  const fail = Promise.withResolvers<void>()
  const stream = streamOfCallback(async (onText) => {
    onText('a')
    await fail.promise
  })
  await stream.next()
  await stream.return(undefined)
  fail.reject(new Error('too late'))
  await turn()
})

async function all<T>(stream: AsyncGenerator<{ text: string }, T, void>): Promise<[string[], T]> {
  const texts: string[] = []
  for (;;) {
    const step = await stream.next()
    if (step.done) return [texts, step.value]
    texts.push(step.value.text)
  }
}
