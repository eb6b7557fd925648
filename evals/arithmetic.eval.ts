import { foreach, jsonl, numericMatch } from 'vitest-assay'

interface Question {
  readonly question: string
  readonly answer: number
  readonly digits: number
}

const sums = jsonl<Question>('data/sums.jsonl')
const differences = jsonl<Question>('data/differences.jsonl')
const tags = { hard: ({ digits }: Question) => digits > 2 }

// what the model was trained for, on numbers that its training left out
foreach(
  sums.filter(({ digits }) => digits <= 2),
  { tags },
)('adds numbers of 1 and 2 digits', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return numericMatch(response.text, answer)
}).expect({ numericMatch: { mean: { atLeast: 0.97 } } })

foreach(
  sums.filter(({ digits }) => digits === 3),
  { tags },
)('adds numbers of 3 digits', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return numericMatch(response.text, answer)
}).expect({ numericMatch: { mean: { atLeast: 0.65, below: 0.95 } } })

foreach(
  differences.filter(({ digits }) => digits <= 2),
  { tags },
)('subtracts numbers of 1 and 2 digits', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return numericMatch(response.text, answer)
}).expect({ numericMatch: { mean: { atLeast: 0.88 } } })

// lengths that it was never trained on: the gates say that it fails there, and will tell when it no longer does
foreach(
  sums.filter(({ digits }) => digits === 4),
  { tags },
)('cannot add numbers of 4 digits', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return numericMatch(response.text, answer)
}).expect({ numericMatch: { mean: { below: 0.1 } } })

foreach(
  differences.filter(({ digits }) => digits === 3),
  { tags },
)('cannot subtract numbers of 3 digits', async ({ question, answer }, { model }) => {
  const response = await model.generate(question)
  return numericMatch(response.text, answer)
}).expect({ numericMatch: { mean: { below: 0.1 } } })
