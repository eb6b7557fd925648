/** A step of a path: the name of a field, the place in a list, or all places of it. */
type Step = string | number | typeof ALL
const ALL = Symbol('all')

/** What a path leads to. */
export interface Found {
  readonly values: readonly unknown[]
  /** How many ways of the path led nowhere. */
  readonly missing: number
}

const step = /(?:^|\.)([^.[\]\s'"*]+)|\[(?:(\d+)|(\*)|'([^']*)'|"([^"]*)")\]/y

/**
 * Takes a path apart, as `choices[0].message.content`; also with `$` before it, with `['any name']`, and with
 * `[*]` for all of a list. `undefined` for what is none.
 */
function parsePath(text: string): readonly Step[] | undefined {
  const path = text.replace(/^\$(?=$|[.[])/, '')
  if (path === '' && text === '') return undefined
  const steps: Step[] = []
  step.lastIndex = 0
  while (step.lastIndex < path.length) {
    const [, name, place, all, single, double] = step.exec(path) ?? []
    const found = name ?? single ?? double
    if (found !== undefined) steps.push(found)
    else if (place !== undefined) steps.push(Number(place))
    else if (all !== undefined) steps.push(ALL)
    else return undefined
  }
  return steps
}

export function isPath(text: string): boolean {
  return parsePath(text) !== undefined
}

/** Looks up what a path leads to in parsed JSON. */
export function find(path: string, json: unknown): Found {
  return (parsePath(path) ?? []).reduce<Found>(
    ({ values, missing }, one) => {
      const next = values.map((value) => follow(value, one))
      const dead = next.filter((found) => found === undefined).length
      return { values: next.flatMap((found) => found ?? []), missing: missing + dead }
    },
    { values: [json], missing: 0 },
  )
}

/** A list of what a step leads to; `undefined` where it leads nowhere. */
function follow(value: unknown, one: Step): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (one === ALL) return Array.isArray(value) ? (value as unknown[]) : undefined
  if (Array.isArray(value) !== (typeof one === 'number')) return undefined
  return Object.hasOwn(value, one) ? [(value as Record<string | number, unknown>)[one]] : undefined
}
