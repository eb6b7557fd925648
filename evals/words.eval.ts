import { exactMatch, foreach, jsonl, levenshtein } from 'vitest-assay'

interface Word {
  readonly question: string
  readonly answer: string
  readonly task: 'reverse' | 'uppercase'
  readonly letters: number
}

const words = jsonl<Word>('data/words.jsonl')

for (const task of ['reverse', 'uppercase'] as const) {
  foreach(words.filter((word) => word.task === task && word.letters <= 6))(
    `${task}s words of 3 to 6 letters`,
    async ({ question, answer }, { model }) => {
      const { text } = await model.generate(question)
      return [exactMatch(text, answer), await levenshtein(text, answer)]
    },
  ).expect({ exactMatch: { mean: { atLeast: 0.95 } }, levenshtein: { mean: { atLeast: 0.97 } } })

  // longer than any word of the training: near, and never right
  foreach(words.filter((word) => word.task === task && word.letters > 6))(
    `cannot ${task} words of 7 and 8 letters`,
    async ({ question, answer }, { model }) => {
      const { text } = await model.generate(question)
      return [exactMatch(text, answer), await levenshtein(text, answer)]
    },
  ).expect({ exactMatch: { mean: { below: 0.1 } } })
}
