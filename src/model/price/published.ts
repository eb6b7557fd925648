import type { calcPrice, ModelPrice } from '@pydantic/genai-prices'
import { isMeant } from './match.ts'

/** A usage in the words of the price data, where `input_tokens` are all, those of a cache among them. */
export type Tokens = Readonly<
  Record<
    | 'input_tokens'
    | 'output_tokens'
    | 'cache_read_tokens'
    | 'cache_write_tokens'
    | 'output_reasoning_tokens',
    number | undefined
  >
>

/** What tokens cost, in US dollars, at a time in milliseconds since 1970. */
export type PublishedPrice = (tokens: Tokens, at: number) => number | null

/**
 * Finds the published price of a model. It gives `null` for tokens whose price depends on what they do not
 * tell, as the searches that went with them.
 */
export function publishedPrice(
  calculate: typeof calcPrice,
  { vendor, model }: { vendor: string; model: string },
): PublishedPrice | undefined {
  const found = calculate({}, model, { providerId: vendor })
  const name = model.toLowerCase().trim()
  if (!found || (found.model.id.toLowerCase() !== name && !isMeant(found.model.match, name))) {
    return undefined
  }
  return (tokens, at) => {
    const timestamp = new Date(at)
    const price = calculate({ ...tokens }, model, { providerId: vendor, timestamp })
    return price && isTold(price.model_price, tokens) ? price.total_price : null
  }
}

/** What tokens count, and what a request of texts and images is never charged for. */
const told = new Set([
  'input_mtok',
  'output_mtok',
  'cache_read_mtok',
  'cache_write_mtok',
  'cache_write_1h_mtok', // only who asks for an hour pays it
  'input_audio_mtok',
  'cache_audio_read_mtok',
  'input_video_mtok',
  'web_searches_kcount',
  'storage_searches_kcount',
])

/** The package takes a price that is missing for 0, and a count that is missing too. */
function isTold(prices: ModelPrice, tokens: Tokens): boolean {
  const names = Object.keys(prices).filter((name) => prices[name] !== undefined)
  const isReasoningTold = tokens.output_reasoning_tokens !== undefined
  return (
    names.includes('input_mtok') &&
    (names.includes('output_mtok') || tokens.output_tokens === 0) &&
    names.every((name) => told.has(name) || (name === 'output_reasoning_mtok' && isReasoningTold))
  )
}
