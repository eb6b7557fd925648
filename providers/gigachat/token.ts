import * as v from 'valibot'
import { Secret } from '../../src/model/secret.ts'

/** What a server lets in for some time. */
export interface Token {
  readonly value: Secret
  /** In milliseconds since 1970. */
  readonly expiresAt: number
}

/** Reads the answer of the token server; nothing where it holds no token. */
export function parseToken(text: string): Token | undefined {
  const { success, output } = v.safeParse(token, text)
  return success ? output : undefined
}

/** What may stand in a header. */
const value = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]+$/),
  v.transform((text) => new Secret(text)),
)

/** In milliseconds, or in seconds, as in Sber's own examples. */
const time = v.pipe(
  v.number(),
  v.transform((at) => (at < 1e11 ? at * 1000 : at)),
)

/** Some servers have other names for both. */
const token: v.GenericSchema<unknown, Token> = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([
    v.pipe(
      v.object({ access_token: value, expires_at: time }),
      v.transform((given) => ({ value: given.access_token, expiresAt: given.expires_at })),
    ),
    v.pipe(
      v.object({ tok: value, exp: time }),
      v.transform((given) => ({ value: given.tok, expiresAt: given.exp })),
    ),
  ]),
)
