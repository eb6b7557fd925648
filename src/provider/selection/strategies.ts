import * as v from 'valibot'
import { checked } from '../../model/checked.ts'
import { cheapestFields, type CheapestOptions, cheapestStrategy } from './cheapest.ts'
import { fastestFields, type FastestOptions, fastestStrategy } from './fastest.ts'
import { respelled } from '../options/option-names.ts'
import type { Strategy } from './strategy.ts'
import { ucbFields, type UcbOptions, ucbStrategy } from './ucb.ts'

/** One of our strategies, as data: a configuration file says it in the same way. */
export type NamedStrategy =
  | ({ readonly name: 'ucb' } & UcbOptions)
  | ({ readonly name: 'cheapest' } & CheapestOptions)
  | ({ readonly name: 'fastest' } & FastestOptions)

/** How one of several models is chosen: one of our ways by its name, or with options, or one of the user's own. */
export type GivenStrategy = NamedStrategy['name'] | NamedStrategy | Strategy

const schemas = {
  ucb: v.strictObject({ name: v.literal('ucb'), ...ucbFields }),
  cheapest: v.strictObject({ name: v.literal('cheapest'), ...cheapestFields }),
  fastest: v.strictObject({ name: v.literal('fastest'), ...fastestFields }),
} as const

/** Explores while little is known, then takes the model with the best rewards. */
export function ucb(options: UcbOptions = {}): { readonly name: 'ucb' } & UcbOptions {
  return checked('ucb()', schemas.ucb, { ...options, name: 'ucb' })
}

/** Takes the model whose call costs least. */
export function cheapest(options: CheapestOptions = {}): {
  readonly name: 'cheapest'
} & CheapestOptions {
  return checked('cheapest()', schemas.cheapest, { ...options, name: 'cheapest' })
}

/** Takes the model that was the fastest so far. */
export function fastest(options: FastestOptions = {}): {
  readonly name: 'fastest'
} & FastestOptions {
  return checked('fastest()', schemas.fastest, { ...options, name: 'fastest' })
}

const isStrategy = (value: unknown): value is Strategy =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'choose' in value &&
  typeof value.choose === 'function'

const names = Object.keys(schemas) as NamedStrategy['name'][]
const isName = (name: unknown): name is NamedStrategy['name'] =>
  typeof name === 'string' && Object.hasOwn(schemas, name)
const expected = `expected one of ${names.join(', ')}, one of them with options, or { name, choose }`

/** A strategy, for a schema of options to take in. */
export const strategySchema: v.GenericSchema<unknown, GivenStrategy> = v.lazy((value) => {
  if (typeof value === 'string') return v.picklist(names, expected)
  const { name } = (value ?? {}) as { readonly name?: unknown }
  if (!isName(name)) return v.custom<Strategy>(isStrategy, expected)
  const schema: v.GenericSchema<unknown, GivenStrategy> = schemas[name]
  return v.pipe(v.unknown(), v.transform(respelled(schema)), schema)
})

/** The strategy that is meant. */
export function createStrategy(given: GivenStrategy): Strategy {
  const named = typeof given === 'string' ? ({ name: given } as NamedStrategy) : given
  if (isStrategy(named)) return named
  switch (named.name) {
    case 'ucb':
      return ucbStrategy(named)
    case 'cheapest':
      return cheapestStrategy(named)
    default:
      return fastestStrategy(named)
  }
}
