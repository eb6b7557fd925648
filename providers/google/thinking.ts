import { AssayError } from '../../src/model/error.ts'
import type { Thinking } from './request.ts'

/** Tokens for thoughts that Google itself makes of an effort, https://ai.google.dev/gemini-api/docs/openai. */
const budgets = new Map([
  ['none', 0],
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
])

/** What `thinkingConfig` says of an effort: models before Gemini 3 know a budget, the others a level. */
export function thinkingOf(id: string, effort: string | undefined): Thinking | undefined {
  if (effort === undefined) return undefined
  if (!/(?:^|\/)gemini-[12]\b/.test(id)) return { thinkingLevel: effort }
  const thinkingBudget = budgets.get(effort)
  if (thinkingBudget !== undefined) return { thinkingBudget }
  throw new AssayError(
    `google: ${id} knows no \`reasoningEffort\` '${effort}'; expected ${[...budgets.keys()].join(', ')}, or \`thinking: { thinkingBudget }\`.`,
    { kind: 'config', provider: 'google' },
  )
}
