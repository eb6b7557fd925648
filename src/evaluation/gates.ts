import { AssayError } from '../model/error.ts'

/** What a figure must reach; several bounds all hold. */
export interface Bound {
  readonly atLeast?: number
  readonly atMost?: number
  readonly above?: number
  readonly below?: number
}

export interface PassRateBound extends Bound {
  /** A row passes when its value is at least this. @default 1 */
  readonly passMark?: number
}

/** What a score must reach over the scored rows of an eval. A row's value is the mean of its trials. */
export interface Gate {
  readonly mean?: Bound
  /** Share of the rows that pass. */
  readonly passRate?: PassRateBound
  /** The lowest row. */
  readonly min?: Bound
  /** The highest row. */
  readonly max?: Bound
}

/** Gates by score name. */
export type Gates<Names extends string = string> = {
  readonly [Name in Names | 'assertions']?: Gate
}

/** The figures of one score that gates look at. */
export interface GatedScore {
  readonly n: number
  readonly mean: number
  readonly ci: readonly [low: number, high: number] | null
  readonly min: number
  readonly max: number
  passRate(passMark: number): number
}

const figures = ['mean', 'passRate', 'min', 'max'] as const
const bounds = {
  atLeast: { holds: (value: number, bound: number) => value >= bound, words: 'at least' },
  atMost: { holds: (value: number, bound: number) => value <= bound, words: 'at most' },
  above: { holds: (value: number, bound: number) => value > bound, words: 'above' },
  below: { holds: (value: number, bound: number) => value < bound, words: 'below' },
} as const

/** @throws AssayError for a word or a bound that is none, so that no gate is without effect */
export function checkGates(gates: Gates): void {
  if (Object.values(gates ?? {}).every((gate) => gate === undefined)) {
    throw new AssayError(
      'Expected .expect() to have a gate, as in { score: { mean: { atLeast: 0.8 } } }.',
      {
        kind: 'config',
      },
    )
  }
  for (const [score, gate] of Object.entries(gates)) {
    if (gate === undefined) continue
    requireWords(gate, figures, `the gate on "${score}"`)
    if (!figures.some((figure) => gate[figure] !== undefined)) {
      throw new AssayError(
        `Expected the gate on "${score}" to have ${figures.join(', ')} or several; got none.`,
        {
          kind: 'config',
        },
      )
    }
    for (const figure of figures) {
      const bound = gate[figure]
      if (bound === undefined) continue
      const where = `the gate on "${score}", ${figure}`
      const words = Object.keys(bounds)
      requireWords(bound, figure === 'passRate' ? [...words, 'passMark'] : words, where)
      if (!words.some((word) => bound[word as keyof Bound] !== undefined)) {
        throw new AssayError(
          `Expected ${where} to have ${words.join(', ')} or several; got none.`,
          {
            kind: 'config',
          },
        )
      }
    }
  }
}

/** The pass marks that gates ask for, so that the rows over each can be counted as they come. */
export function passMarks(gates: readonly Gates[]): readonly number[] {
  const marks = gates.flatMap((byScore) =>
    Object.values(byScore).flatMap((gate) => (gate?.passRate ? [markOf(gate.passRate)] : [])),
  )
  return [...new Set(marks)]
}

/** Scores of which all gates ask for little: a high value is the miss, not a low one. */
export function lowerIsBetter(gates: readonly Gates[]): ReadonlySet<string> {
  const bounded = (words: readonly (keyof Bound)[]) =>
    gates.flatMap((byScore) =>
      Object.entries(byScore)
        .filter(([, gate]) =>
          figures.some((one) => words.some((word) => gate?.[one]?.[word] !== undefined)),
        )
        .map(([name]) => name),
    )
  const high = new Set(bounded(['atLeast', 'above']))
  return new Set(bounded(['atMost', 'below']).filter((name) => !high.has(name)))
}

/** What each gate that does not hold says; none when all hold. */
export function failedGates(
  gates: readonly Gates[],
  scores: ReadonlyMap<string, GatedScore>,
): readonly string[] {
  return gates.flatMap((byScore) =>
    Object.entries(byScore).flatMap(([name, gate]) => {
      if (gate === undefined) return []
      const score = scores.get(name)
      if (!score) return [neverCame(name, [...scores.keys()])]
      return figures.flatMap((figure) => failedBounds(name, figure, gate, score))
    }),
  )
}

function failedBounds(
  name: string,
  figure: (typeof figures)[number],
  gate: Gate,
  score: GatedScore,
): string[] {
  const bound = gate[figure]
  if (bound === undefined) return []
  const value = figure === 'passRate' ? score.passRate(markOf(gate.passRate!)) : score[figure]
  return (Object.keys(bounds) as (keyof typeof bounds)[]).flatMap((word) => {
    const limit = bound[word]
    if (limit === undefined || bounds[word].holds(value, limit)) return []
    const interval =
      figure === 'mean' && score.ci
        ? `95 % interval ${show(score.ci[0])} to ${show(score.ci[1])}, `
        : ''
    return [
      `${name}: ${figure} is ${show(value, limit)}, expected ${bounds[word].words} ${limit} (${interval}n = ${score.n})`,
    ]
  })
}

function neverCame(name: string, came: readonly string[]): string {
  const others = came.length > 0 ? `scores that came: ${came.join(', ')}` : 'no score came'
  return `There is a gate on "${name}", which no row scored; ${others}`
}

function markOf({ passMark = 1 }: PassRateBound): number {
  return passMark
}

function requireWords(value: unknown, words: readonly string[], where: string): void {
  if (typeof value !== 'object' || value === null) {
    throw new AssayError(`Expected ${where} to be an object, got ${typeof value}.`, {
      kind: 'config',
    })
  }
  for (const [word, inner] of Object.entries(value)) {
    if (!words.includes(word)) {
      throw new AssayError(`Expected ${where} to have ${words.join(', ')}; got \`${word}\`.`, {
        kind: 'config',
      })
    }
    const isBound = words !== (figures as readonly string[])
    if (isBound && inner !== undefined && !Number.isFinite(inner)) {
      throw new AssayError(`Expected ${where}, ${word} to be a number, got ${String(inner)}.`, {
        kind: 'config',
      })
    }
  }
}

/** Four digits, or all where four would look like the bound that is not reached. */
function show(value: number, bound?: number): string {
  const short = Number(value.toFixed(4))
  return String(short === bound ? value : short)
}
