import { AssayError } from '../../../src/model/error.ts'
import type { ProviderContext } from '../../../src/provider/definition.ts'
import { prefixOf } from '../../../src/provider/keys.ts'
import { redact } from '../../../src/request/redact.ts'
import { secretsIn } from '../remote/endpoint.ts'
import type { Attached } from './attach.ts'
import { carriesKey } from './connect.ts'
import type { LocalServerOptions } from './options.ts'
import type { LocalProtocol } from './protocol.ts'

/** Who asks a server that runs already. */
export interface Asking {
  readonly provider: string
  readonly protocol: Pick<LocalProtocol<never>, 'path' | 'models'>
  readonly settings: LocalServerOptions
  readonly context: ProviderContext
}

/** What a server answers to a set-up; an error says which server it is of, and what to do. */
export async function ask<Answer>(
  attached: Attached,
  { provider, protocol, settings, context }: Asking,
  requests: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await requests()
  } catch (error) {
    const hasKey = carriesKey({ ...attached, provider, settings }, context)
    const models = protocol.path + protocol.models
    throw attachError(error, { ...attached, provider, models, hasKey })
  }
}

interface Asked extends Attached {
  readonly provider: string
  /** Path of its list of models. */
  readonly models: string
  /** Whether requests carry a key. */
  readonly hasKey: boolean
}

/**
 * What a server that runs already answered to a set-up, or that none answered, with its URL, where that is
 * from, and what to do. It is of the same kind; what says nothing of the server is handed on as it is.
 */
function attachError(error: unknown, asked: Asked): unknown {
  if (!AssayError.is(error)) return error
  const problem = problemOf(error, asked)
  if (problem === undefined) return error
  const { kind, status, retryAfterMs, attempts, cause } = error
  const { provider } = asked
  return new AssayError(`${provider}: ${problem}`, {
    kind,
    provider,
    status,
    retryAfterMs,
    attempts,
    cause,
  })
}

const OTHERWISE = 'correct the URL, or leave it out to have a server started'

function problemOf(
  error: AssayError,
  { provider, root, from, models, hasKey, ownKeysOnly = false }: Asked,
): string | undefined {
  const place = `${shown(root)} (from ${from})`
  const said = error.message.replace(`${provider}: `, '').replace(/\.$/, '')
  switch (error.kind) {
    case 'network':
      return isRefused(error)
        ? `no server runs at ${place}: start it, ${OTHERWISE}.`
        : `${place} cannot be reached: see to it that a server runs there, ${OTHERWISE}; ${said}.`
    case 'timeout':
      return `${place} does not answer in time: see whether the server there works, ${OTHERWISE}.`
    case 'auth':
    case 'forbidden':
      return `${place} ${hasKey ? 'refuses the key that it gets' : 'wants a key'}: ${keyAdvice(provider, { hasKey, ownKeysOnly })}; it answered: ${said}.`
    case 'not_found':
    case 'parse':
    case 'invalid_request':
      return `what runs at ${place} is no server of models, or has them elsewhere: ${OTHERWISE}; asked for ${models}, it answered: ${said}.`
    default:
      return error.status === undefined ? undefined : `${place} is not well; it answered: ${said}.`
  }
}

function keyAdvice(
  provider: string,
  { hasKey, ownKeysOnly }: Required<Pick<Asked, 'hasKey' | 'ownKeysOnly'>>,
): string {
  if (ownKeysOnly) {
    return hasKey
      ? 'correct `apiKeys`, or `headers`'
      : 'give `apiKeys`; no variable is for this server'
  }
  const variable = `${prefixOf(provider).toUpperCase()}_API_KEY`
  return hasKey
    ? `correct ${variable}, or \`apiKeys\` or \`headers\` where they are given`
    : `set ${variable}, or give \`apiKeys\``
}

/** A URL for people: without what may be a key. */
function shown(url: URL): string {
  return redact(url.origin + url.pathname.replace(/\/$/, ''), secretsIn(url))
}

function isRefused({ cause }: AssayError): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED'
}
