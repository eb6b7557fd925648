import { foreach, jsonl, numericMatch } from 'vitest-assay'

interface Question {
  readonly question: string
  readonly answer: number
  readonly digits: number
}

/** A function may take the place of a model: here the baseline that the model has to be measured against. */
function calculator(question: string): string {
  const [a = 0, b = 0] = (question.match(/\d+/g) ?? []).map(Number)
  return String(question.includes('-') ? a - b : a + b)
}

foreach(
  jsonl<Question>('data/differences.jsonl').filter(({ digits }) => digits <= 2),
  { models: ['llama-cpp/models/tiny-chat.gguf', calculator] },
)('subtracts as a calculator does', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return numericMatch(response.text, answer)
}).expect({ numericMatch: { mean: { atLeast: 0.88 }, passRate: { atLeast: 0.88 } } })
