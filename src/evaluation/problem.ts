import { fileURLToPath } from 'node:url'

/** Folder of this package's own code: the sources here, or the build. */
const ownFolder = fileURLToPath(new URL('.', import.meta.url))

/** Remembers the line that is being declared. */
export function declarationPoint(): Error {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 20
  const point = new Error('declared here')
  Error.stackTraceLimit = limit
  return point
}

/**
 * An error of an eval. Its stack has the line of the eval and no line of this package: that is where the
 * user looks, and Vitest reads a file per foreign frame.
 */
export function evalError(message: string, declaredAt: Error, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause })
  error.name = 'EvalError'
  const frames = (declaredAt.stack ?? '').split('\n').filter((line) => isUserFrame(line))
  error.stack = [`EvalError: ${message}`, ...frames].join('\n')
  return error
}

function isUserFrame(line: string): boolean {
  if (!/^\s+at /.test(line)) return false
  return !['node_modules', 'node:', ownFolder].some((foreign) => line.includes(foreign))
}
