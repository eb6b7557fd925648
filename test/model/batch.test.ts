import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createModel } from '../../src/model/create-model.ts'
import { AssayError } from '../../src/model/error.ts'
import type { BatchResult, GenerateOptions, StreamBatchOptions } from '../../src/model/model.ts'

test('H-04: results come in the order of the inputs, whatever the calls end in', async () => {
  const { model, answer } = manualModel()
  const results = model.batch(['a', 'b', 'c'])
  await turn()
  for (const input of ['c', 'a', 'b']) await answer(input)
  expect((await results).map(textOf)).toEqual(['a!', 'b!', 'c!'])
})

test('H-04: 50 inputs keep 5 calls in flight, and one that fails costs no other its result', async () => {
  let inFlight = 0
  const seen: number[] = []
  const model = createModel({
    provider: 'test',
    name: 'counting',
    async generate([message]) {
      seen.push(++inFlight)
      for (let i = 0; i < 1 + (Number(message!.content) % 4); i++) await turn()
      inFlight--
      if (message!.content === '7') throw new AssayError('Too long.', { kind: 'context_window' })
      return { text: message!.content }
    },
  })
  const results = await model.batch(inputs(50), { concurrency: 5 })
  expect(Math.max(...seen)).toBe(5)
  expect(seen.slice(5)).not.toContain(1)
  expect(results.map(textOf)).toEqual(inputs(50).map((n) => (n === '7' ? 'Too long.' : n)))
  expect(results[7]).toMatchObject({ status: 'rejected', reason: { kind: 'context_window' } })
  expect(model.metrics).toMatchObject({ calls: 50, failures: 1 })
})

test('ten calls are in flight where nothing else is said', async () => {
  const { model, started, answer } = manualModel()
  const results = model.batch(inputs(12))
  await turn()
  expect(started).toEqual(inputs(10))
  for (const input of inputs(12)) await answer(input)
  expect(await results).toHaveLength(12)
})

test('no inputs have no results', async () => {
  const { model } = manualModel()
  expect(await model.batch([])).toEqual([])
  expect(await Array.fromAsync(model.streamBatch([]))).toEqual([])
})

test('the settings of the call go to each of them, without those of the batch', async () => {
  const { model, options, answer } = manualModel()
  const results = model.batch(['a', 'b'], { concurrency: 2, temperature: 0.5, stop: ['\n'] })
  await turn()
  await answer('a')
  await answer('b')
  await results
  const expected = {
    temperature: 0.5,
    stop: ['\n'],
    signal: expect.any(AbortSignal) as AbortSignal,
  }
  expect(options).toEqual([expected, expected])
})

test('H-05: in the order of the inputs a slow call holds back results, but no start', async () => {
  const { model, started, answer } = manualModel()
  const { seen, ended } = read(model.streamBatch(['0', '1', '2', '3'], { concurrency: 2 }))
  await turn()
  await answer('1')
  await answer('2')
  expect(started).toEqual(['0', '1', '2', '3'])
  expect(seen).toEqual([])
  await answer('0')
  expect(seen).toEqual([0, 1, 2])
  await answer('3')
  await ended
  expect(seen).toEqual([0, 1, 2, 3])
})

test('H-05: in the order of completion results come as they do', async () => {
  const { model, answer } = manualModel()
  const { seen, ended } = read(model.streamBatch(['0', '1', '2'], { order: 'completion' }))
  await turn()
  for (const input of ['1', '2', '0']) await answer(input)
  await ended
  expect(seen).toEqual([1, 2, 0])
})

test.for<StreamBatchOptions>([{ order: 'input' }, { order: 'completion' }])(
  'H-05: leaving the loop aborts the calls in flight and starts no other ($order)',
  async (options) => {
    const { model, started, aborted, answer } = manualModel()
    const seen: number[] = []
    const loop = (async () => {
      for await (const { index } of model.streamBatch(inputs(9), { concurrency: 3, ...options })) {
        seen.push(index)
        break
      }
    })()
    await turn()
    await answer('0')
    await loop
    await turn()
    expect(seen).toEqual([0])
    expect(started).toEqual(['0', '1', '2', '3'])
    expect(aborted).toEqual(['1', '2', '3'])
  },
)

test('H-05: an error in the loop aborts the calls in flight too', async () => {
  const { model, aborted, answer } = manualModel()
  const loop = (async () => {
    for await (const { index } of model.streamBatch(inputs(3))) throw new Error(`at ${index}`)
  })()
  const failed = expect(loop).rejects.toThrow('at 0')
  await turn()
  await answer('0')
  await failed
  expect(aborted).toEqual(['1', '2'])
})

test('results that complete while the reader is busy are not lost', async () => {
  const { model, answer } = manualModel()
  const results = model.streamBatch(inputs(4), { order: 'completion' })[Symbol.asyncIterator]()
  const first = results.next()
  await turn()
  for (const input of ['3', '1', '0', '2']) await answer(input)
  const indices = [await first, await results.next(), await results.next(), await results.next()]
  expect(indices.map(({ value }) => (value as BatchResult).index)).toEqual([3, 1, 0, 2])
  expect(await results.next()).toEqual({ done: true, value: undefined })
})

test('nothing is asked before the loop begins', async () => {
  const { model, started } = manualModel()
  model.streamBatch(['a'])
  await turn()
  expect(started).toEqual([])
})

test("the caller's signal ends every call, also those that never began", async () => {
  const { model, started } = manualModel()
  const stop = new AbortController()
  const results = model.batch(inputs(5), { concurrency: 2, signal: stop.signal })
  await turn()
  stop.abort(new AssayError('Out of budget.', { kind: 'quota' }))
  expect((await results).map(textOf)).toEqual(Array.from({ length: 5 }, () => 'Out of budget.'))
  expect(started).toEqual(['0', '1'])
})

test.for([0, -1, Number.NaN])(
  'a concurrency of %s is an error, not a wait without end',
  async (concurrency) => {
    const { model } = manualModel()
    const ended = model.batch(['a'], { concurrency }).catch((error: AssayError) => error.kind)
    expect(await Promise.race([ended, turn('still waiting')])).toBe('config')
  },
)

function inputs(count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(n))
}

function textOf(result: PromiseSettledResult<{ text: string }>): string {
  return result.status === 'fulfilled' ? result.value.text : (result.reason as Error).message
}

function read(results: AsyncIterable<BatchResult>) {
  const seen: number[] = []
  const ended = (async () => {
    for await (const { index } of results) seen.push(index)
  })()
  return { seen, ended }
}

/** A model whose calls end when the test says so, or when they are aborted. */
function manualModel() {
  const started: string[] = []
  const aborted: string[] = []
  const options: GenerateOptions[] = []
  const open = new Map<string, () => void>()
  const model = createModel({
    provider: 'test',
    name: 'manual',
    generate([message], call) {
      const input = message!.content
      started.push(input)
      options.push(call)
      return new Promise((resolve, reject) => {
        open.set(input, () => resolve({ text: `${input}!` }))
        call.signal?.addEventListener('abort', () => {
          if (!open.has(input)) return
          aborted.push(input)
          reject(call.signal!.reason as Error)
        })
      })
    },
  })
  async function answer(input: string): Promise<void> {
    open.get(input)!()
    open.delete(input)
    await turn()
  }
  return { model, started, aborted, options, answer }
}
