/** Numbers that no model says by itself. */
const MARKS = ['4817', '2953', '7306', '6142']

/** Questions whose answers can be told apart. */
export const questions: readonly string[] = MARKS.map(
  (mark) => `Repeat this number, and write nothing else: ${mark}`,
)

/** Whether an answer is one to another question; `undefined` where it does not show. */
export function answers(text: string, index: number): boolean | undefined {
  if (text.includes(MARKS[index]!)) return true
  return MARKS.some((mark) => text.includes(mark)) ? false : undefined
}

export const UNSEEN =
  'the model does not repeat what it is told to, so the places of its answers do not show'

/** A request whose answer has an order. */
export const COUNT =
  'Write the numbers from 1 to 12 in figures, in their order, with a space between two, and nothing else.'

/** Whether a text counts from 1 to 12. */
export function counts(text: string): boolean {
  const numbers = text.match(/\d+/g) ?? []
  return numbers.join(' ') === Array.from({ length: 12 }, (_, index) => index + 1).join(' ')
}
