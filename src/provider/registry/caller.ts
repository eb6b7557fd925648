/** Where a function was called from, `file:line:column`, or what else the engine says of it. */
export function callerOf(called: (...args: never[]) => unknown): string {
  const point: { stack?: string } = {}
  Error.captureStackTrace(point, called)
  const [, frame = ''] = (point.stack ?? '').split('\n')
  const [, place] = /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(frame.trim()) ?? []
  return (place ?? 'a script').replace(/^file:\/\//, '')
}
