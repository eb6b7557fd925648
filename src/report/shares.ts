import type { EvalSummary } from '../evaluation/summary.ts'

/** Who has answered, where that was more than one, as behind a selection or a pool: a line for each eval. */
export function shareLines(evals: readonly EvalSummary[]): string[] {
  return evals.flatMap(({ name, model, roles }) => {
    const shares = Object.entries(roles.model?.servedBy ?? {})
    if (shares.length < 2) return []
    const all = shares.toSorted(([, a], [, b]) => b - a).map(([one, calls]) => `${one} ${calls}`)
    const title = model === null ? name : `${name} [${model}]`
    return [`calls of ${title}: ${all.join(', ')}`]
  })
}
