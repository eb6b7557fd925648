import { describe, expect, test } from 'vitest'
import { explicitWaitMs, retryAfterMs } from '../../src/request/retry-after.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const DAY = 86_400_000

describe('R-33: a response asks to wait', () => {
  test.for([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': ' 2 ' }, 2000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': '86401' }, DAY],
    [{ 'retry-after': '1767225610' }, 10_000],
    [{ 'retry-after': '1m30s' }, 90_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Thursday, 01-Jan-26 00:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Thu Jan  1 00:01:30 2026' }, 90_000],
    [{ 'retry-after': '2026-01-01T00:01:30Z' }, 90_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:00 GMT' }, 0],
    [{ 'retry-after': 'Sat, 03 Jan 2026 00:00:00 GMT' }, DAY],
    [{ 'retry-after-ms': '290', 'retry-after': '2' }, 290],
    [{ 'retry-after-ms': '1500.5' }, 1501],
    [{ 'retry-after-ms': '-1' }, 0],
    [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': 'soon: now' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': '1e9' }, undefined],
    [{}, undefined],
  ] as const)('by itself: %j is %s ms', ([headers, expected]) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(expected)
    expect(explicitWaitMs(new Headers(headers), now)).toBe(expected)
  })

  test.for([
    ['6m0s', 360_000],
    ['1.2s', 1200],
    ['290ms', 290],
    ['500us', 1],
    ['1d2h', DAY],
    ['2h0m1s', 7_201_000],
    ['156h14m36.7s', DAY],
    ['-1s', 0],
    ['7.66', 7660],
    ['59', 59_000],
    ['0', 0],
    ['1767225610', 10_000],
    ['1767225610000', 10_000],
    ['1767225600', 0],
    ['1767000000', 0],
    ['2026-01-01T00:00:41Z', 41_000],
    ['Thu Jan 01 2026 01:00:42 GMT+0100 (Central European Standard Time)', 42_000],
    ['6 minutes', undefined],
    ['6m0', undefined],
    ['later', undefined],
  ] as const)('until a limit is reset: %s is %s ms', ([value, expected]) => {
    const used = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': value }
    expect(retryAfterMs(new Headers(used), now)).toBe(expected)
  })

  const requests = (remaining: string) => ({
    'x-ratelimit-remaining-requests': remaining,
    'x-ratelimit-reset-requests': '20s',
  })
  const tokens = (remaining: string) => ({
    'x-ratelimit-remaining-tokens': remaining,
    'x-ratelimit-reset-tokens': '6m0s',
  })
  const anthropic = (remaining: string) => ({
    'anthropic-ratelimit-output-tokens-remaining': remaining,
    'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:01:00Z',
  })
  test.for([
    ['of those that are used up', { ...requests('0'), ...tokens('12') }, 20_000],
    ['the longest', { ...requests('0'), ...tokens('0') }, 360_000],
    ['none', { ...requests('1'), ...tokens('12'), ...anthropic('5') }, undefined],
    ['of Anthropic', { ...requests('1'), ...anthropic('0') }, 60_000],
    ['beyond nothing', requests('-3'), 20_000],
    ['of all', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' }, 9000],
    ['of the standard', { 'ratelimit-remaining': '0', 'ratelimit-reset': '9' }, 9000],
    ['with another spelling', { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '9' }, 9000],
    ['by the reset alone', { 'x-ratelimit-reset-tokens': '9' }, 9000],
    ['rather than by a reset alone', { ...requests('0'), 'x-ratelimit-reset': '99' }, 20_000],
    ['after what it says itself', { ...requests('0'), 'retry-after': '1' }, 1000],
    ['where that makes no sense', { ...requests('0'), 'retry-after': 'soon' }, 20_000],
    ['of something else', { 'x-password-reset': '9', 'ratelimit-policy': '9;w=60' }, undefined],
  ] as const)('for its limits: %s', ([, headers, expected]) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(expected)
    if (!('retry-after' in headers)) {
      expect(explicitWaitMs(new Headers(headers), now)).toBeUndefined()
    }
  })

  const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '36s' }
  const errorInfo = { '@type': 'x', metadata: { quotaResetDelay: '1m0.5s' } }
  const relayed = (headers: object) => ({ error: { metadata: { headers } } })
  test.for([
    [{ error: { details: [retryInfo] } }, 36_000],
    [[{ error: { details: [retryInfo] } }], 36_000],
    [{ details: [retryInfo] }, 36_000],
    [{ error: { details: [{ ...retryInfo, retryDelay: '0.25s' }] } }, 250],
    [{ error: { details: [retryInfo, errorInfo] } }, 60_500],
    [{ error: { details: [{ ...retryInfo, retryDelay: '156h14m36.7s' }] } }, DAY],
    [{ error: { details: [{ ...retryInfo, retryDelay: { seconds: 3 } }, null, 'x'] } }, undefined],
    [{ error: { details: { retryDelay: '3s' } } }, undefined],
    [relayed({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1767225610000' }), 10_000],
    [relayed({ 'X-RateLimit-Remaining': 0, 'X-RateLimit-Reset': 1_767_225_610_000 }), 10_000],
    [relayed({ 'X-RateLimit-Remaining': '1', 'X-RateLimit-Reset': '10' }), undefined],
    [relayed({ 'no header': '1', '': '1', 'x-ratelimit-reset': 'é\n' }), undefined],
    [{ error: { message: 'Please try again in 20s.' } }, undefined],
    ['20s', undefined],
    [null, undefined],
  ] as const)('in its body: %j is %s ms', ([body, expected]) => {
    expect(retryAfterMs(new Headers(), now, body)).toBe(expected)
  })

  test('in a header rather than in its body', () => {
    const headers = new Headers({ 'retry-after': '1' })
    expect(retryAfterMs(headers, now, { error: { details: [retryInfo] } })).toBe(1000)
  })

  test('from now on', () => {
    const headers = new Headers({ 'retry-after': new Date(Date.now() + 600_000).toUTCString() })
    expect(retryAfterMs(headers)).toBeGreaterThan(500_000)
  })
})
