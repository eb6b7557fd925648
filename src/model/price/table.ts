import * as v from 'valibot'

/** What a model costs, in US dollars. */
export interface Price {
  /** A million tokens of the prompt. */
  readonly input: number
  /** A million tokens of the response. */
  readonly output: number
  /** A million tokens that the provider read from its cache. @default as `input` */
  readonly cachedInput?: number | undefined
  /** A million tokens that the provider wrote into its cache. @default as `input` */
  readonly cacheWrite?: number | undefined
  /** A request, whatever its tokens. @default 0 */
  readonly perRequest?: number | undefined
}

/** Prices by spec, as `openai/gpt-5-mini`, or `provider/*` for all other models of a provider. */
export type PriceTable = Readonly<Record<string, Price>>

const dollars = v.pipe(
  v.number('expected US dollars, as a number'),
  v.finite('expected US dollars, as a finite number'),
  v.minValue(0, 'expected US dollars, 0 or more'),
)

const spec = v.pipe(
  v.string(),
  v.regex(
    /^[^/]+\/(?:\*|[^*]+)$/,
    'expected `provider/model-name`, or `provider/*` for all others',
  ),
)

/** Checks a table of prices. */
export const priceTable: v.GenericSchema<unknown, PriceTable> = v.record(
  spec,
  v.strictObject({
    input: dollars,
    output: dollars,
    cachedInput: v.optional(dollars),
    cacheWrite: v.optional(dollars),
    perRequest: v.optional(dollars),
  }),
)

/** The price that a table has for a model: its own, else that of its provider. */
export function priceIn(table: PriceTable, provider: string, model: string): Price | undefined {
  return table[`${provider}/${model}`] ?? table[`${provider}/*`]
}
