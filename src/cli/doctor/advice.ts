import type { AssayError } from '../../model/error.ts'
import { prefixOf } from '../../provider/keys.ts'
import { keySource } from './known.ts'
import type { Room, Subject } from './subject.ts'

/** The message of an error of a request, and what to do about it. */
export function withAdvice(error: AssayError, subject: Subject, room: Room): string {
  const advice = adviceOf(error, subject, room)
  return advice === undefined ? error.message : `${error.message.replace(/\.?$/, '.')} ${advice}`
}

function adviceOf({ kind, status }: AssayError, subject: Subject, room: Room): string | undefined {
  const source = keySource(subject, room)
  const variable = `${prefixOf(subject.provider.name).toUpperCase()}_API_KEY`
  switch (kind) {
    case 'auth':
      return source === undefined
        ? `The server wants a key: set ${variable}.`
        : `The server does not take the key: correct ${source}.`
    case 'forbidden':
      return 'The key may not do this: have it allowed, or take another one.'
    case 'quota':
      return 'The key has nothing left to spend: see to its account, or take another one.'
    case 'rate_limit':
      return 'The server has too much to do for this key: try later.'
    case 'not_found':
      return 'Either the model is not there or the base URL is wrong: see which models are listed, and whether the URL ends as the API wants it (often in /v1).'
    case 'parse':
      return 'The server speaks another format than this provider: see whether the base URL is right, or take the provider `rest`.'
    case 'timeout':
      return status === undefined
        ? 'The server takes connections and does not answer: see whether it works, or give it more time with --timeout.'
        : undefined
    default:
      return undefined
  }
}
