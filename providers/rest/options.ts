import * as v from 'valibot'
import {
  hostOptions,
  type HostOptions,
  remoteOptions,
  type RemoteOptions,
  type Schemas,
} from '../shared/remote/options.ts'
import { isPath } from './path.ts'

/** Where a response says what: paths in its JSON, as `choices[0].message.content`. */
export interface ResponsePaths {
  /** The text; of several, as `parts[*].text` finds them, one after the other. @default the body of a text/plain response */
  readonly response?: string | undefined
  /** Tokens of the whole prompt, and of the whole response. */
  readonly usage?: { readonly inputTokens: string; readonly outputTokens: string } | undefined
  /** Why the response ended; of a stream also that it did. @default a response counts as complete */
  readonly finishReason?: string | undefined
  /** The model that answered. */
  readonly servedBy?: string | undefined
  /** The API's own signal that it refused: the value of a field. */
  readonly blocked?:
    | { readonly path: string; readonly equals: string | number | boolean }
    | undefined
}

/**
 * Options of a set-up. `url` and `body` hold placeholders, `{{prompt}}`, `{{system}}`, `{{messages}}`, `{{model}}`,
 * `{{stream}}`, `{{temperature}}`, `{{topP}}`, `{{maxTokens}}`, `{{stop}}`, `{{seed}}`.
 */
export interface RestOptions
  extends Omit<RemoteOptions, 'body'>, Pick<HostOptions, 'ca' | 'insecureTls'>, ResponsePaths {
  /** Where requests go. Values in its path and its query are percent-encoded. */
  readonly url: string
  /** @default 'POST' */
  readonly method?: 'GET' | 'POST' | 'PUT' | undefined
  /** The request's JSON. A text that is one placeholder becomes its value, and is left out where there is none. */
  readonly body?: Readonly<Record<string, unknown>> | readonly unknown[] | undefined
  /** Header that carries the key as it is. @default `Authorization: Bearer …` */
  readonly keyHeader?: string | undefined
  /**
   * For an API that streams, as events or as lines of JSON: where each of these says what, as far as it is not
   * where a whole response says it. @default a stream gives the whole as its one chunk
   */
  readonly stream?:
    | (ResponsePaths & {
        readonly response: string
        /** Where requests for a stream go. @default `url` */
        readonly url?: string | undefined
      })
    | undefined
  /** The list of models: where it is, and the path of their names, as `data[*].id`. */
  readonly models?: { readonly url: string; readonly response: string } | undefined
}

const path = v.pipe(
  v.string(),
  v.check(isPath, 'expected a path, as in choices[0].message.content'),
)

const responsePaths: Schemas<ResponsePaths> = {
  response: v.optional(path),
  usage: v.optional(v.strictObject({ inputTokens: path, outputTokens: path })),
  finishReason: v.optional(path),
  servedBy: v.optional(path),
  blocked: v.optional(
    v.strictObject({ path, equals: v.union([v.string(), v.number(), v.boolean()]) }),
  ),
}

const { ca, insecureTls } = hostOptions
const text = v.pipe(v.string(), v.nonEmpty())

/** The schema of RestOptions. */
export const restOptions: v.GenericSchema<unknown, RestOptions> = v.strictObject({
  ...remoteOptions,
  ca,
  insecureTls,
  ...responsePaths,
  url: text,
  method: v.optional(v.picklist(['GET', 'POST', 'PUT'])),
  body: v.optional(v.union([v.array(v.unknown()), v.record(v.string(), v.unknown())])),
  keyHeader: v.optional(
    v.pipe(v.string(), v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected the name of a header')),
  ),
  stream: v.optional(v.strictObject({ ...responsePaths, response: path, url: v.optional(text) })),
  models: v.optional(v.strictObject({ url: text, response: path })),
})
