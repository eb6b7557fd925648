import { parseArgs } from 'node:util'
import { vitests } from '../packed/install.ts'
import { type Ending, endings } from './endings.ts'

export const pools = ['forks', 'threads'] as const
export type Pool = (typeof pools)[number]

export interface Options {
  readonly rounds: number
  /** Cases of each round, drawn by the seed; `undefined` for all. */
  readonly sample: number | undefined
  /** Of the first round; each further round has the next. */
  readonly seed: number
  /** Runs at the same time. */
  readonly jobs: number
  readonly endings: readonly Ending[]
  readonly vitests: readonly string[]
  readonly pools: readonly Pool[]
}

/** @throws Error saying what is wrong with the command line */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const list = { ...text, multiple: true } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: text,
      sample: text,
      seed: text,
      jobs: text,
      only: list,
      vitest: list,
      pool: list,
    },
  })
  const names = chosen('--only', values.only, Object.keys(endings))
  return {
    rounds: count('--rounds', values.rounds) ?? 1,
    sample: count('--sample', values.sample),
    seed: count('--seed', values.seed) ?? Math.ceil(Math.random() * 1_000_000),
    jobs: count('--jobs', values.jobs) ?? 2,
    endings: names.map((name) => endings[name]!),
    vitests: chosen('--vitest', values.vitest, vitests),
    pools: chosen('--pool', values.pool, pools),
  }
}

function count(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${flag}: expected a number from 1; got ${text}`)
  return Number(text)
}

function chosen<T extends string>(
  flag: string,
  given: readonly string[] | undefined,
  known: readonly T[],
): readonly T[] {
  const unknown = given?.find((name) => !(known as readonly string[]).includes(name))
  if (unknown !== undefined) {
    throw new Error(`${flag}: expected one of ${known.join(', ')}; got ${unknown}`)
  }
  return known.filter((name) => given?.includes(name) ?? true)
}
