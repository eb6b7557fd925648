import { exactMatch, foreach, jsonl, type Model } from 'vitest-assay'

/** An application as users have them: it wraps the model, and is what the eval tests. */
class Atlas {
  readonly #model: Model

  constructor(model: Model) {
    this.#model = model
  }

  async capitalOf(country: string): Promise<string> {
    const response = await this.#model.generate(`Capital of ${country}?`, { maxTokens: 20 })
    return response.text
  }
}

// all of these were in the model's training: this tests what it remembers, the other evals what it learned
const eachCountry = foreach.extend('atlas', ({ model }) => new Atlas(model))

eachCountry(jsonl<{ country: string; capital: string }>('data/capitals.jsonl'))(
  'knows the capitals',
  async ({ country, capital }, { atlas }) => exactMatch(await atlas.capitalOf(country), capital),
).expect({ exactMatch: { mean: { atLeast: 0.96 } } })
