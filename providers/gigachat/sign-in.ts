import { randomUUID } from 'node:crypto'
import { AssayError, type ErrorKind } from '../../src/model/error.ts'
import type { Secret } from '../../src/model/secret.ts'
import { beside } from '../../src/request/beside.ts'
import { exchangeOf } from '../../src/request/exchange.ts'
import type { Fetch, Middleware, RequestOptions } from '../../src/request/pipe.ts'
import { parseToken, type Token } from './token.ts'
import type { TokenKeeper } from './token-keeper.ts'

export interface SignInOptions {
  readonly provider: string
  /** Where tokens come from. */
  readonly authURL: URL
  /** The edition of the API that the key is for. */
  readonly scope: string
  /** Who keeps the token of a key. */
  readonly keeperOf: (key: Secret) => TokenKeeper
}

/** What sends requests with a key; `hide` keeps a text out of all messages. */
export type SignIn = (key: Secret, hide: (secret: Secret) => void) => Middleware

/**
 * Sends requests with an access token, which the key is exchanged for as
 * https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-token says. A token that the server takes
 * no longer makes way for a new one, once.
 */
export function createSignIn({ provider, authURL, scope, keeperOf }: SignInOptions): SignIn {
  const hidden = new WeakSet<Token>()

  async function requestToken(next: Fetch, key: Secret, init: RequestOptions): Promise<Token> {
    const response = await beside(next)(authURL.href, {
      method: 'POST',
      redirect: 'manual', // the key is for nobody else
      headers: {
        accept: 'application/json',
        authorization: `Basic ${key.reveal()}`,
        'content-type': 'application/x-www-form-urlencoded',
        rquid: randomUUID(),
      },
      body: new URLSearchParams({ scope }).toString(),
      ...init,
    })
    const token = parseToken(await response.text())
    if (token) return token
    const message = `${provider}: ${authURL.host} gave no access token.`
    throw new AssayError(message, { kind: 'parse', provider })
  }

  return (key, hide) => (next) => {
    const keeper = keeperOf(key)

    async function renew(init: RequestOptions): Promise<Token> {
      const exchange = exchangeOf(init)
      try {
        return await keeper.renew(
          (signal) => requestToken(next, key, { signal, exchange }),
          init.signal,
        )
      } catch (error) {
        exchange.attempts++ // only what was tried is tried again, and it was, for all who wait for it
        throw error
      }
    }

    return async (url, init = {}) => {
      const send = (token: Token) => {
        if (!hidden.has(token)) hide(token.value)
        hidden.add(token)
        return next(url, { ...init, headers: signed(init, token.value) })
      }
      const held = keeper.current()
      if (held) {
        try {
          return await send(held)
        } catch (error) {
          if (!AssayError.is(error) || error.status !== 401) throw error
          keeper.drop(held)
        }
      }
      return send(keeper.current() ?? (await renew(init)))
    }
  }
}

function signed({ headers: given }: RequestOptions, token: Secret): Headers {
  const headers = new Headers(given)
  headers.set('authorization', `Bearer ${token.reveal()}`)
  return headers
}

/**
 * The numbers in the token server's errors that say more than their status of 400:
 * https://developers.sber.ru/docs/ru/gigachat/api/errors-description
 */
export const errorKinds: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['4', 'auth'], // the key cannot be decoded
  ['7', 'forbidden'], // it is for another edition of the API than `scope`
])
