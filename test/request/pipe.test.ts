import { expect, test } from 'vitest'
import { type Fetch, type Middleware, pipe } from '../../src/request/pipe.ts'

test('the first middleware sees a request first and its response last', async () => {
  const log: string[] = []
  const logged =
    (name: string): Middleware =>
    (next) =>
    async (url, init) => {
      log.push(`${name} asks`)
      const response = await next(`${urlOf(url)}/${name}`, init)
      log.push(`${name} hears ${response.status}`)
      return response
    }
  const fetch: Fetch = async (url) => {
    log.push(urlOf(url))
    return new Response(null, { status: 204 })
  }
  await pipe(logged('a'), logged('b'))(fetch)('http://host')
  expect(log).toEqual(['a asks', 'b asks', 'http://host/a/b', 'b hears 204', 'a hears 204'])
})

test('without middlewares it is the fetch itself', () => {
  const fetch: Fetch = async () => new Response()
  expect(pipe()(fetch)).toBe(fetch)
})

test('a middleware may answer by itself, or ask several times', async () => {
  let sent = 0
  const fetch: Fetch = async () => new Response(String(++sent))
  const cached: Middleware = () => async () => new Response('cached')
  const twice: Middleware = (next) => async (url, init) => {
    await next(url, init)
    return next(url, init)
  }
  expect(await (await pipe(cached, twice)(fetch)('http://host')).text()).toBe('cached')
  expect(sent).toBe(0)
  expect(await (await pipe(twice, twice)(fetch)('http://host')).text()).toBe('4')
})

test('each pipe has middlewares of its own around its fetch', async () => {
  let made = 0
  const counted: Middleware = (next) => {
    made++
    return next
  }
  const around = pipe(counted)
  around(async () => new Response())
  around(async () => new Response())
  expect(made).toBe(2)
})

test('an error of the fetch passes through', async () => {
  const plain: Middleware = (next) => (url, init) => next(url, init)
  const failing: Fetch = () => Promise.reject(new TypeError('fetch failed'))
  await expect(pipe(plain, plain)(failing)('http://host')).rejects.toThrow('fetch failed')
})

function urlOf(url: string | URL | Request): string {
  return url instanceof Request ? url.url : url.toString()
}
