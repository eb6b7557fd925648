import { fileURLToPath } from 'node:url'

/** Where a function was called from, `file:line:column`, or what else the engine says of it. */
export function callerOf(called: (...args: never[]) => unknown): string {
  const point: { stack?: string } = {}
  Error.captureStackTrace(point, called)
  const [, frame = ''] = (point.stack ?? '').split('\n')
  return placeIn(frame.trim()) ?? 'a script'
}

/** The place in a line of a stack, `at name (place)` or `at place`. A folder may have spaces and brackets in its name. */
function placeIn(frame: string): string | undefined {
  const form = frame.endsWith(')')
    ? /^at .*? \((.+):(\d+:\d+)\)$/
    : /^at (?:async )?(.+):(\d+:\d+)$/
  const [, file, position] = form.exec(frame) ?? []
  if (file === undefined) return undefined
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${position}`
}
