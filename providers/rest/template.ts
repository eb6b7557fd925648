import { fillBody, textsIn } from './body.ts'
import type { RestOptions } from './options.ts'
import {
  hasPlaceholder,
  type Placeholder,
  placeholdersIn,
  type Values,
  wrong,
} from './placeholders.ts'
import { parseUrl } from './url.ts'

/** A request that values were put into. */
export interface FilledRequest {
  readonly url: string
  /** JSON. */
  readonly body?: string | undefined
}

/** A request with placeholders. */
export interface Template {
  readonly places: ReadonlySet<Placeholder>
  /** Without what has placeholders. */
  readonly url: URL
  /** The texts of the body that have no placeholders, by their paths. */
  readonly literals: Readonly<Record<string, string>>
  fill(values: Values): FilledRequest
}

/** Checks the request of the options, that of a stream or of a whole response. @throws AssayError */
export function parseTemplate(
  settings: RestOptions,
  { streaming }: { streaming: boolean },
): Template {
  const { body, method } = settings
  const [text, where] =
    streaming && settings.stream?.url !== undefined
      ? [settings.stream.url, '`stream.url`']
      : [settings.url, '`url`']
  if (method === 'GET' && body !== undefined) {
    throw wrong('a GET request has no body; leave out `body`, or give another `method`.')
  }
  const url = parseUrl(text, where)
  const texts = textsIn(body, 'body')
  const places = new Set([
    ...placeholdersIn(text, where),
    ...texts.flatMap((one) => placeholdersIn(one.text, `\`${one.path}\``)),
  ])
  if (!places.has('prompt') && !places.has('messages')) {
    throw wrong(
      'the request has no place for the prompt: put {{prompt}} or {{messages}} into `body`.',
    )
  }
  requirePlaces(settings, places)
  const literals = texts.filter((one) => !hasPlaceholder(one.text))
  return {
    places,
    url: url.fixed,
    literals: Object.fromEntries(literals.map((one) => [one.path, one.text])),
    fill: (values) => ({
      url: url.fill(values),
      body: body && JSON.stringify(fillBody(body, values)),
    }),
  }
}

const settable = ['temperature', 'topP', 'maxTokens', 'stop'] as const

/** What is set and cannot be sent is an error, and no other experiment. */
function requirePlaces(settings: RestOptions, places: ReadonlySet<Placeholder>): void {
  const lost = settable.find((name) => settings[name] !== undefined && !places.has(name))
  if (lost === undefined) return
  throw wrong(
    `\`${lost}\` is set, and the request has no place for it: put {{${lost}}} where the API wants it, ` +
      'or set it to null.',
  )
}
