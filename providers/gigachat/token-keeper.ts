import { untilAborted } from '../../src/model/until-aborted.ts'
import type { Token } from './token.ts'

/** Keeps the token of one key, for all who need it. */
export interface TokenKeeper {
  /** The token that is held, as long as it is good for more than a minute. */
  current(): Token | undefined
  /** Gets a new one, once for all who ask meanwhile; it is given up when none of them waits any longer. */
  renew(get: GetToken, signal: AbortSignal | null | undefined): Promise<Token>
  /** Forgets a token that the server takes no longer, unless there is another one by now. */
  drop(token: Token): void
}

export type GetToken = (signal: AbortSignal) => Promise<Token>

/** A token that expires on the way to the server is of no use. */
const EARLY_MS = 60_000

interface Renewal {
  readonly token: Promise<Token>
  readonly abort: AbortController
  waiting: number
}

export function createTokenKeeper(provider: string, now: () => number): TokenKeeper {
  let held: Token | undefined
  let renewal: Renewal | undefined

  function begin(get: GetToken): Renewal {
    const abort = new AbortController()
    const begun = { token: get(abort.signal), abort, waiting: 0 }
    const settle = (token = held) => {
      held = token
      end(begun)
    }
    begun.token.then(settle, () => settle()) // who waits for it hears why it failed
    return begun
  }

  function end(ended: Renewal): void {
    if (renewal === ended) renewal = undefined
  }

  return {
    current: () => (held && now() < held.expiresAt - EARLY_MS ? held : undefined),
    async renew(get, signal) {
      const joined = (renewal ??= begin(get))
      joined.waiting++
      try {
        return await untilAborted(joined.token, signal ?? undefined, provider)
      } finally {
        if (--joined.waiting === 0) {
          end(joined)
          joined.abort.abort()
        }
      }
    },
    drop(token) {
      if (held === token) held = undefined
    },
  }
}
