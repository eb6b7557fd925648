import { AssayError } from '../../model/error.ts'

/** Waits for a call. @throws AssayError `setup` that names `what` where nothing is left in this process that could end it */
export async function unlessIdle<T>(what: string, call: Promise<T>): Promise<T> {
  const idle = Promise.withResolvers<never>()
  const end = () => {
    const message = `${what} never ends: it waits for what nothing is left to do.`
    idle.reject(new AssayError(message, { kind: 'setup' }))
  }
  process.once('beforeExit', end)
  try {
    return await Promise.race([call, idle.promise])
  } finally {
    process.off('beforeExit', end)
  }
}
