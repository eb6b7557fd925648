/** The wait that the headers of a response ask for, in milliseconds. */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  const milliseconds = numberIn(headers.get('retry-after-ms'))
  if (milliseconds !== undefined) return milliseconds
  const value = headers.get('retry-after')
  const seconds = numberIn(value)
  if (seconds !== undefined) return seconds * 1000
  const date = value?.includes(':') ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now) // a date in the past means now
}

function numberIn(value: string | null): number | undefined {
  return value !== null && /^\s*\d+(?:\.\d*)?\s*$/.test(value) ? Number(value) : undefined
}
