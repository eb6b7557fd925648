import { isTelling } from '../../src/model/may-be-secret.ts'
import { Secret } from '../../src/model/secret.ts'
import type { Names } from './names.ts'

/** An adapted model as its errors name it, and what they must not show. */
export interface Subject extends Names {
  readonly spec: string
  readonly secrets: readonly Secret[]
}

/** The subject of these names; the holders are objects in which a key may be. */
export function subjectOf({ provider, name }: Names, ...holders: readonly unknown[]): Subject {
  const secrets = holders.flatMap((holder) => secretsIn(holder, DEPTH))
  return { provider, name, spec: `${provider}/${name}`, secrets }
}

/** A shorter text is no secret, and would be found in other words. */
const SHORTEST = 6
/** How far down keys are looked for: objects of users may hold themselves. */
const DEPTH = 3

/** The texts that an object has under a telling name. */
function secretsIn(holder: unknown, depth: number): Secret[] {
  if (typeof holder !== 'object' || holder === null || depth === 0) return []
  return Object.entries(holder).flatMap(([name, value]: [string, unknown]) => {
    if (value instanceof Secret) return [value]
    if (typeof value !== 'string') return secretsIn(value, depth - 1)
    if (!isTelling(name)) return []
    const parts = [value, value.slice(value.indexOf(' ') + 1)] // `Bearer` is none
    return parts.filter(({ length }) => length >= SHORTEST).map((part) => new Secret(part))
  })
}
