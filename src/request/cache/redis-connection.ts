import type * as Redis from 'redis'
import { AssayError, messageOf } from '../../model/error.ts'
import { Secret } from '../../model/secret.ts'
import { redact } from '../redact.ts'

export interface RedisAddress {
  /** It may hold a password, and is never shown. */
  readonly url: Secret
  /** The longest that one command may take, connecting included, in milliseconds. */
  readonly timeout: number
  readonly load?: (() => Promise<typeof Redis>) | undefined
}

/** A connection that is made when it is first used, and anew when it was lost. */
export interface RedisConnection {
  readonly send: (...command: readonly string[]) => Promise<unknown>
  readonly close: () => void
}

interface Link {
  readonly client: { destroy(): void }
  readonly send: (command: readonly string[]) => Promise<unknown>
}

/** Keeps no process alive, unless it waits for an answer. */
export function connectRedis({
  url,
  timeout,
  load = () => import('redis'),
}: RedisAddress): RedisConnection {
  let link: Link | undefined

  function open({ createClient }: typeof Redis): Link {
    const client = createClient({
      url: url.reveal(),
      RESP: 2, // servers of any age speak it
      maintNotifications: 'disabled',
      disableOfflineQueue: true,
      // the next command connects again; the client's own attempts would keep the process alive
      socket: { connectTimeout: timeout, reconnectStrategy: false },
    })
    // without a listener it would end the process; its commands are rejected as well
    client.on('error', () => {
      if (link === opened) link = undefined
    })
    client.unref()
    const ready = client.connect()
    ready.catch(() => {}) // who waits for it hears it
    const send = async (command: readonly string[]) => {
      await ready
      return client.sendCommand([...command])
    }
    const opened: Link = { client, send }
    return opened
  }

  function drop(lost: Link | undefined): void {
    if (link === lost) link = undefined
    lost?.client.destroy()
  }

  async function attempt(command: readonly string[]): Promise<unknown> {
    const redis = await importRedis(load)
    const own = (link ??= open(redis))
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new NoAnswer(`no answer in ${timeout} ms`)), timeout)
    try {
      return await Promise.race([own.send(command), late.promise])
    } catch (error) {
      drop(own)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** A connection may have been closed while nobody used it: then a new one is tried. */
  async function attemptTwice(command: readonly string[]): Promise<unknown> {
    const isNew = link === undefined
    try {
      return await attempt(command)
    } catch (error) {
      if (isNew || error instanceof NoAnswer) throw error
      return attempt(command)
    }
  }

  return {
    async send(...command) {
      try {
        return await attemptTwice(command)
      } catch (error) {
        throw AssayError.is(error) ? error : withoutSecrets(error, url)
      }
    },
    close: () => drop(link),
  }
}

class NoAnswer extends Error {}

/** @throws AssayError with the command that installs the package, when it is not there */
async function importRedis(load: () => Promise<typeof Redis>): Promise<typeof Redis> {
  try {
    return await load()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'redis'`)
    if (!isMissing) throw error // the package is there, and what it needs is not
    throw new AssayError(
      'The cache in the store redis needs the package `redis`: npm install -D redis',
      { kind: 'config', cause: error },
    )
  }
}

/** Says what failed at which server: the client's own error may hold the URL. */
function withoutSecrets(error: unknown, url: Secret): Error {
  const { host, password } = new URL(url.reveal())
  const secrets = [url, new Secret(password), new Secret(decodeURIComponent(password))]
  const { code = messageOf(error) } = Object(error) as { code?: string }
  return new Error(`${host}: ${redact(code, secrets)}`)
}
