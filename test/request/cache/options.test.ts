import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseCache, parseCacheUse } from '../../../src/request/cache/options.ts'
import { placeCache } from '../../../src/request/cache/place.ts'
import { parseTtl } from '../../../src/request/cache/ttl.ts'

const DAY = 86_400_000

test.for([
  ['250ms', 250],
  ['90s', 90_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['1.5h', 5_400_000],
  ['2d', 2 * DAY],
  ['1w', 7 * DAY],
  [' 1 w ', 7 * DAY],
  [5000, 5000],
] as const)('%j is %d ms', ([ttl, ms]) => {
  expect(parseTtl(ttl, 'cache')).toBe(ms)
})

test.for(['1 hour', '', 'h', '-1h', '1H', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, '99999w'])(
  '%j is no time to keep a response',
  (ttl) => {
    expect(() => parseTtl(ttl, 'cache')).toThrow('cache: expected a time such as')
  },
)

test('the error of a time says where it stands, what is expected and what it got', () => {
  expect(() => parseTtl('1 hour', 'openai: cache')).toThrowErrorMatchingInlineSnapshot(
    `[AssayError: openai: cache: expected a time such as '90s', '15m', '1h', '2d' or '1w', or milliseconds, from 1 ms to 10 years; got "1 hour". To use no cache, set its \`mode\` to 'off'.]`,
  )
})

const defaults = { store: 'sqlite', ttlMs: 7 * DAY, maxEntries: 10_000, mode: 'write' }

test.for([
  [true, defaults],
  [{}, defaults],
  [undefined, { ...defaults, mode: 'off' }],
  [false, { ...defaults, mode: 'off' }],
  ['memory', { ...defaults, store: 'memory' }],
  ['redis', { ...defaults, store: 'redis' }],
  [
    { store: 'sqlite', ttl: '1h', maxEntries: 5, maxBytes: 9, mode: 'read', path: 'a.sqlite' },
    { ...defaults, ttlMs: 3_600_000, maxEntries: 5, maxBytes: 9, mode: 'read', path: 'a.sqlite' },
  ],
  [
    { store: 'redis', url: 'rediss://:pw@host/2' },
    { ...defaults, store: 'redis', url: 'rediss://:pw@host/2' },
  ],
] as const)('%j is read', ([setting, expected]) => {
  expect(parseCache(setting)).toEqual(expected)
})

describe('what is wrong is named', () => {
  test.for([
    ['disk', "cache: `store`: expected 'memory', 'sqlite' or 'redis'"],
    [{ ttl: 'soon' }, 'cache: `ttl`: expected a time such as'],
    [{ maxEntries: 0 }, 'cache: `maxEntries`: Invalid value: Expected >=1 but received 0'],
    [{ mode: 'on' }, 'cache: `mode`: Invalid type: Expected ("off"'],
    [{ size: 1 }, 'cache: `size`: Invalid key: Expected never but received "size"'],
    [5, 'cache: Invalid type: Expected Object but received 5'],
    [{ store: 'redis', maxBytes: 5 }, 'cache: `maxBytes` is not for the store redis'],
    [{ url: 'redis://host' }, 'cache: `url` is for the store redis'],
    [{ store: 'memory', path: 'x' }, 'cache: `path` is for the store sqlite'],
    [{ store: 'redis', url: 'http://host' }, 'cache: `url`: expected redis://host:port'],
  ] as const)('%j', ([setting, message]) => {
    expect(() => parseCache(setting)).toThrow(message)
  })

  test('all at once', () => {
    expect(() => parseCache({ ttl: 0, mode: 'on' })).toThrow(/`ttl`.*; `mode`/)
  })
})

test.for([
  'redis://:hunter2@host',
  { store: 'redis://:hunter2@host' },
  { store: 'redis', url: 'hunter2@host' },
  { store: 'redis', url: 'redis://:hunter2%@host' },
  { store: 'sqlite', url: 'redis://:hunter2@host' },
])('a password is not in the error, case %#', (setting) => {
  expect.assertions(2)
  try {
    parseCache(setting)
  } catch (error) {
    expect(error).toMatchObject({ name: 'AssayError', kind: 'config' })
    expect(inspect(error)).not.toContain('hunter2')
  }
})

test.for([
  [undefined, { mode: 'write', ttlMs: DAY }],
  ['refresh', { mode: 'refresh', ttlMs: DAY }],
  [{ mode: 'off' }, { mode: 'off', ttlMs: DAY }],
  [{ ttl: '1h' }, { mode: 'write', ttlMs: 3_600_000 }],
] as const)("a model's %j goes over the run's settings", ([use, expected]) => {
  expect(parseCacheUse(use, { mode: 'write', ttlMs: DAY }, 'acme: cache')).toEqual(expected)
})

test("a model's setting that is wrong is named with its provider", () => {
  const use = { ttl: 'soon' }
  expect(() => parseCacheUse(use, { mode: 'write', ttlMs: DAY }, 'acme: cache')).toThrow(
    'acme: cache: `ttl`: expected a time such as',
  )
})

describe('for other processes', () => {
  const place = { outputDir: '/runs', baseDir: '/config', env: {} }

  test('a file has its whole path', () => {
    expect(placeCache(true, place)).toEqual({
      store: 'sqlite',
      mode: 'write',
      path: '/runs/cache/responses.sqlite',
    })
    expect(placeCache({ ttl: '1h', path: 'a/b' }, place)).toEqual({
      ttl: '1h',
      path: '/config/a/b',
    })
  })

  test('a server comes from REDIS_URL where the options name none', () => {
    const env = { REDIS_URL: 'redis://one' }
    expect(placeCache('redis', { ...place, env })).toMatchObject({
      store: 'redis',
      url: 'redis://one',
    })
    expect(placeCache({ store: 'redis', url: 'redis://two' }, { ...place, env })).toEqual({
      store: 'redis',
      url: 'redis://two',
    })
    expect(placeCache('redis', place)).toEqual({ store: 'redis', mode: 'write' })
    expect(placeCache('memory', { ...place, env })).toEqual({ store: 'memory', mode: 'write' })
    expect(placeCache(false, place)).toMatchObject({ mode: 'off' })
  })

  test('a REDIS_URL that is none is an error that does not show it', () => {
    const env = { REDIS_URL: 'host:hunter2' }
    expect(() => placeCache('redis', { ...place, env })).toThrowErrorMatchingInlineSnapshot(
      `[AssayError: REDIS_URL: expected redis://host:port or rediss://host:port.]`,
    )
  })
})
