import { createHash } from 'node:crypto'

/** Numbers that look random, the same for the same seed. */
export interface Random {
  /** From 0 to `most`. */
  upTo(most: number): number
  pick<T>(choices: readonly T[]): T
  shuffle<T>(items: readonly T[]): T[]
}

export function createRandom(seed: string): Random {
  let drawn = 0
  const next = () =>
    createHash('sha256').update(`${seed} ${drawn++}`).digest().readUInt32BE() / 2 ** 32
  return {
    upTo: (most) => next() * most,
    pick: (choices) => choices[Math.floor(next() * choices.length)]!,
    shuffle: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ item }) => item),
  }
}
