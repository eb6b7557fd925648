import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { foreach, fromHandler, jsonl, numericMatch } from 'vitest-assay'

/** A handler as benchmarks have them: any class with `test_prompt`. It keeps its own way to its server. */
class AdditionHandler {
  readonly #endpoint: string
  readonly #model: string

  constructor({ endpoint_url, model_name = 'adder' }: Params) {
    this.#endpoint = endpoint_url
    this.#model = model_name
  }

  /** Required. What it throws, and what it calls no success, is an error of the row, and no response. */
  async test_prompt(prompt: string, { signal }: { signal: AbortSignal }) {
    const answer = await fetch(`${this.#endpoint}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: this.#model, messages: [{ role: 'user', content: prompt }] }),
      signal,
    })
    const said = { model: this.#model, provider: 'example', version: '1.0' }
    if (!answer.ok) return { success: false, error: `API error (${answer.status})`, ...said }
    const { choices } = (await answer.json()) as Completion
    return { success: true, response: choices[0]!.message.content, ...said }
  }

  /** Optional, and static if you like. */
  static list_models() {
    return ['adder']
  }
}

interface Params {
  readonly endpoint_url: string
  readonly model_name?: string
}

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
}

/** What a handler asks is its own affair: here a server that adds, so that no key is needed. */
async function add(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
  const { messages } = JSON.parse(String(body)) as { messages: { content: string }[] }
  const numbers = messages[0]!.content.match(/\d+/g) ?? []
  const content = String(numbers.map(Number).reduce((a, b) => a + b, 0))
  response.end(JSON.stringify({ choices: [{ message: { content } }] }))
}

const server = createServer((request, response) => void add(request, response))
server.listen(0, '127.0.0.1').unref()
await once(server, 'listening')
const endpoint_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

interface Question {
  readonly question: string
  readonly answer: number
  readonly digits: number
}

foreach(
  jsonl<Question>('data/sums.jsonl').filter(({ digits }) => digits <= 2),
  { models: [fromHandler(AdditionHandler, { params: { endpoint_url } })], limit: 40 },
)('adds as a handler', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return numericMatch(response.text, answer)
}).expect({ numericMatch: { mean: { atLeast: 0.9 } } })
