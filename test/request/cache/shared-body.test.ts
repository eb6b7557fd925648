import { expect, test } from 'vitest'
import { readShared, shareBody } from '../../../src/request/cache/shared-body.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function source() {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const stream = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) })
  return {
    stream,
    push: (text: string) => controller.enqueue(bytes(text)),
    end: () => controller.close(),
    fail: (error: Error) => controller.error(error),
  }
}

function reader(body: ReturnType<typeof shareBody>, signal?: AbortSignal) {
  const left: unknown[] = []
  const stream = readShared(body, { signal, onLeave: (reason) => left.push(reason) })
  return { response: new Response(stream), left }
}

test('each reader gets all of it from the start, whenever it comes', async () => {
  const { stream, push, end } = source()
  const body = shareBody(stream)
  const first = reader(body)
  push('one ')
  const started = first.response.body!.getReader()
  expect((await started.read()).value).toEqual(bytes('one '))
  const second = reader(body)
  push('two ')
  push('three')
  const text = second.response.text()
  end()
  expect(await text).toBe('one two three')
  expect(await reader(body).response.text()).toBe('one two three')
  expect((await started.read()).value).toEqual(bytes('two '))
  expect((await started.read()).value).toEqual(bytes('three'))
  expect((await started.read()).done).toBe(true)
  expect([...first.left, ...second.left]).toEqual([])
})

test('what one reader does with its bytes changes nothing for the others', async () => {
  const { stream, push, end } = source()
  const body = shareBody(stream)
  push('text')
  end()
  const chunk = await reader(body).response.body!.getReader().read()
  chunk.value!.fill(0)
  expect(await reader(body).response.text()).toBe('text')
})

test('a body that breaks off breaks off for all, after what came before', async () => {
  const { stream, push, fail } = source()
  const body = shareBody(stream)
  const broken = new Error('reset')
  push('some')
  const early = reader(body).response.body!.getReader()
  expect((await early.read()).value).toEqual(bytes('some'))
  fail(broken)
  await expect(early.read()).rejects.toBe(broken)
  await expect(body.ended).rejects.toBe(broken)
  await expect(reader(body).response.text()).rejects.toBe(broken)
})

test('a reader that aborts leaves at once with its reason, and alone', async () => {
  const { stream, push, end } = source()
  const body = shareBody(stream)
  const stop = new AbortController()
  const leaving = reader(body, stop.signal)
  const staying = reader(body)
  const text = leaving.response.text()
  push('one ')
  const reason = new Error('enough')
  stop.abort(reason)
  await expect(text).rejects.toBe(reason)
  expect(leaving.left).toEqual([reason])
  push('two')
  end()
  expect(await staying.response.text()).toBe('one two')
})

test('a reader that cancels has left; one that came to the end has not', async () => {
  const { stream, push, end } = source()
  const body = shareBody(stream)
  const stop = new AbortController()
  const cancelled = reader(body, stop.signal)
  const whole = reader(body, stop.signal)
  push('one')
  await cancelled.response.body!.cancel('bored')
  end()
  await whole.response.text()
  stop.abort()
  expect(cancelled.left).toEqual(['bored'])
  expect(whole.left).toEqual([])
})

test('a response without a body is an empty one', async () => {
  const body = shareBody(null)
  expect(await reader(body).response.text()).toBe('')
})

test('what waits for the whole gets it once it is there, and never a part', async () => {
  const complete = source()
  const body = shareBody(complete.stream)
  const got: string[] = []
  body.whenComplete((all) => got.push(new TextDecoder().decode(all)))
  complete.push('one ')
  complete.push('two')
  expect(got).toEqual([])
  complete.end()
  await body.ended
  expect(got).toEqual(['one two'])
  body.whenComplete((all) => got.push(String(all.length)))
  expect(got).toEqual(['one two', '7'])

  const broken = source()
  const part = shareBody(broken.stream)
  part.whenComplete(() => expect.fail('a part was handed on as the whole'))
  broken.push('one')
  broken.fail(new Error('reset'))
  await part.ended.catch(() => {})
  part.whenComplete(() => expect.fail('a part was handed on as the whole'))
})
