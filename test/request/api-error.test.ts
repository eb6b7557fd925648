import { describe, expect, test } from 'vitest'
import type { ErrorKind } from '../../src/model/error.ts'
import { Secret } from '../../src/model/secret.ts'
import { apiError, errorInBody, errorInEvent } from '../../src/request/api-error.ts'
import rows from '../data/errors.json' with { type: 'json' }

const KEY = 'sk-invented-0123456789'
const acme = { provider: 'acme', secrets: [new Secret(KEY)] }
const now = Date.parse('2026-01-01T00:00:00Z')

interface Row {
  readonly vendor: string
  readonly status: number
  readonly body: unknown
  readonly headers?: Record<string, string>
  readonly kind: string
  readonly retryAfterMs?: number
  readonly said?: string
}

describe('R-29: an error of', () => {
  test.for(rows as readonly Row[])('$vendor, $status, is $kind: $body', (row) => {
    const { status, body } = row
    const headers = new Headers(row.headers)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    for (const given of [body, text]) {
      const error = apiError({ status, headers, body: given }, acme, now)
      expect(error).toMatchObject({ kind: row.kind, provider: 'acme' })
      expect(error.retryAfterMs).toBe(row.retryAfterMs)
      expect(error.message).not.toContain('a secret prompt')
      if (row.said !== undefined && status !== 200) {
        const label = `acme: API error (${status})`
        expect(error.message).toBe(row.said === '' ? label : `${label}: ${row.said}`)
      }
      expect(errorInBody(status === 200 && body)).toBe(status === 200)
    }
  })

  test.for([
    [200, { error: { code: 429 } }, 429],
    [200, { error: { code: '503' } }, 503],
    [200, { status: 402, error: 'No.' }, 402],
    [200, { error: { code: 1300 } }, undefined],
    [200, { error: 'No.' }, undefined],
    [undefined, { object: 'error', code: 400 }, 400],
    [401, { error: { code: 500 } }, 401],
  ] as const)('status %s has the status of its body: %j', ([status, body, expected]) => {
    expect(apiError({ status, body }, acme).status).toBe(expected)
  })
})

describe('R-29: the words of one server', () => {
  const errorKinds = new Map<string, ErrorKind>([
    ['1113', 'quota'],
    ['3051', 'context_window'],
    ['api_error', 'timeout'],
    ['rate_limit_error', 'server'],
  ])

  test.for([
    [429, { error: { code: '1113' } }, 'quota'],
    [400, { code: 3051, type: 'invalid_request_error' }, 'context_window'],
    [500, { error: { type: 'api_error' } }, 'timeout'],
    [429, { error: { type: 'rate_limit_error', code: 'insufficient_quota' } }, 'server'],
    [401, { error: { type: 'authentication_error' } }, 'auth'],
    [400, { error: { message: '1113 3051 api_error' } }, 'invalid_request'],
  ] as const)('go before the common ones: %s %j is %s', ([status, body, kind]) => {
    expect(apiError({ status, body }, { ...acme, errorKinds })).toMatchObject({ kind })
  })
})

describe('R-33: the wait', () => {
  const used = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1h' }

  test.for([
    [429, used, 3_600_000],
    [503, used, undefined],
    [401, used, undefined],
    [503, { ...used, 'retry-after': '3' }, 3000],
  ] as const)('of %s with %j is %s: only a limit waits for its reset', ([status, given, wait]) => {
    const error = apiError({ status, headers: new Headers(given), body: {} }, acme, now)
    expect(error.retryAfterMs).toBe(wait)
  })
})

describe('D-16: the message', () => {
  test.for([
    ['as it is', { error: { message: `Bad credentials: ${KEY}` } }],
    ['in a text', `authorization: Bearer ${KEY}`],
    ['in a code', { error: { code: KEY, message: 'Bad.' } }],
    ['where the message is cut', { error: { message: `${'x'.repeat(2030)}${KEY}` } }],
    ['in what came from upstream', { error: { message: 'No.', metadata: { raw: KEY } } }],
    ['in a title', `<title>${KEY}</title>`],
  ] as const)('does not show a key %s', ([, body]) => {
    for (const status of [401, 200]) {
      expect(apiError({ status, body }, acme).message).not.toContain('sk-inv')
    }
  })

  test('is cut', () => {
    const error = apiError({ status: 400, body: { error: { message: 'x'.repeat(5000) } } }, acme)
    expect(error.message).toBe(`acme: API error (400): ${'x'.repeat(2048)}…`)
  })

  test.for([
    [{ detail: [{ msg: 'One.', input: 'Hi' }, { msg: 'Two.' }, {}, 7] }, '422): One.; Two.'],
    [{ message: 'No.', error: 'Forbidden' }, '422): No.'],
    [{ error: { message: '{"not": "an error"}' } }, '422): {"not": "an error"}'],
    [{ error: { message: '' }, detail: 'No.' }, '422): No.'],
    [{ error: null, message: 'No.' }, '422): No.'],
    ['[broken', '422): [broken'],
    [[[]], '422)'],
    [7, '422)'],
  ] as const)('of %j ends with %j', ([body, end]) => {
    expect(apiError({ status: 422, body }, acme).message).toBe(`acme: API error (${end}`)
  })

  test.for([
    [{ error: { type: 'insufficient_quota' } }, 'insufficient_quota'],
    [{ error: { code: 'a', type: 'b' } }, 'a'],
    [{ error: 'No.' }, 'no status'],
  ] as const)('of %j names %s in the place of a status', ([body, label]) => {
    expect(apiError({ status: 200, body }, acme).message).toContain(`(${label})`)
  })

  test.for([
    ['https://other.example/v2?key=1#x', 'the server redirects to https://other.example/v2; '],
    ['/v2/chat', 'the server redirects to https://acme.example/v2/chat; '],
  ] as const)('says where a redirection to %s leads', ([location, said]) => {
    const headers = new Headers({ location })
    const answer = { status: 307, headers, body: '', url: 'https://acme.example/v1/chat' }
    expect(apiError(answer, acme)).toMatchObject({
      kind: 'config',
      message: `acme: API error (307): ${said}change the base URL to match.`,
    })
  })
})

describe('X-02: a body that came with success', () => {
  test.for([
    { choices: [] },
    { error: null, output: [] },
    { error: '', choices: [] },
    { error: false },
    { type: 'message', content: [] },
    { object: 'list', data: [] },
    [{ id: 'model' }],
    [],
    null,
    undefined,
    'error',
  ])('is no error: %j', (body) => {
    expect(errorInBody(body)).toBe(false)
  })

  test.for([
    { error: 'No.' },
    { error: {} },
    [{ error: { code: 500 } }],
    { type: 'error' },
    { object: 'error', message: 'No.' },
  ])('is an error: %j', (body) => {
    expect(errorInBody(body)).toBe(true)
  })
})

describe('X-02: the first event of a stream', () => {
  const error = { error: { message: 'No.' } }
  const json = JSON.stringify(error)

  test.for([
    [`data: ${json}\n\n`, error],
    [`data:${json}`, error],
    [`data: ${json}\r\n\r\ndata: {"choices":[]}\r\n\r\n`, error],
    [`: waiting\n\n: waiting\n\ndata: ${json}\n\n`, error],
    [`id: 1\nevent: message\ndata: ${json}\n\n`, error],
    [`error: ${json}\n\n`, error],
    [`${json}\n`, error],
    [`${json}\n{"done":true}\n`, error],
    [`[${json}]`, [error]],
    [JSON.stringify(error, null, 2), error],
    ['event: error\ndata: {"type":"overloaded_error"}\n\n', { type: 'overloaded_error' }],
    ['event: error\ndata: It is busy.\ndata: Wait.\n\n', 'It is busy.\nWait.'],
    ['data: {"type":"error","error":{"type":"a"}}\n\n', { type: 'error', error: { type: 'a' } }],
    ['data: {"object":"error","code":400}\n\n', { object: 'error', code: 400 }],
    [`data: {"a":\ndata: 1,"error":"\u2028"}\n\n`, { a: 1, error: '\u2028' }],
  ] as const)('%j is an error', ([text, body]) => {
    expect(errorInEvent(text)).toEqual(body)
  })

  test.for([
    'data: {"choices":[{"delta":{"content":"error"}}]}\n\n',
    'event: message_start\ndata: {"type":"message_start"}\n\nevent: error\ndata: {}\n\n',
    'data: {"error":null,"choices":[]}\n\n',
    'data: [DONE]\n\n',
    'data: error\n\n',
    ': waiting\n\n',
    '{"response":"error","done":false}\n{"error":"No."}\n',
    'event: error\n\n',
    '',
  ])('%j is none', (text) => {
    expect(errorInEvent(text)).toBeUndefined()
  })
})
