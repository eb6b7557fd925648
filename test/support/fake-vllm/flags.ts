/** How argparse reads a flag: with no value, with one, or with all up to the next flag. */
export type Flag =
  | { readonly takes: 'none' }
  | { readonly takes: 'one'; readonly read: (value: string) => unknown }
  | { readonly takes: 'many' }

export interface Values {
  /** By the name with dashes. */
  readonly said: Record<string, unknown>
  readonly positional: readonly string[]
  /** What is no flag of the program, and what stands behind it. */
  readonly unknown: readonly string[]
  /** What is wrong, in argparse's words. */
  readonly problem: string | undefined
}

/** Reads arguments as argparse does, with underscores and dashes alike in the names of flags. */
export function values(args: readonly string[], flags: Readonly<Record<string, Flag>>): Values {
  const said: Record<string, unknown> = {}
  const positional: string[] = []
  const unknown: string[] = []
  const rest = [...args]
  const next = () => (rest[0]?.startsWith('--') === false ? rest.shift() : undefined)
  const upToFlag = () => {
    const end = rest.findIndex((word) => word.startsWith('--'))
    return rest.splice(0, end === -1 ? rest.length : end)
  }
  const failed = (problem: string): Values => ({ said, positional, unknown, problem })
  while (rest.length > 0) {
    const word = rest.shift()!
    if (!word.startsWith('--')) {
      positional.push(word)
      continue
    }
    const [written = '', attached] = word.slice('--'.length).split(/=(.*)/s)
    const name = written.replaceAll('_', '-')
    const known = flags[name]
    if (known === undefined) {
      unknown.push(word)
    } else if (known.takes === 'none') {
      if (attached !== undefined) {
        return failed(`argument --${name}: ignored explicit argument '${attached}'`)
      }
      said[name] = true
    } else if (known.takes === 'one') {
      const value = attached ?? next()
      if (value === undefined) return failed(`argument --${name}: expected one argument`)
      try {
        said[name] = known.read(value)
      } catch (error) {
        return failed(`argument --${name}: ${(error as Error).message}`)
      }
    } else {
      const all = attached === undefined ? upToFlag() : [attached]
      if (all.length === 0) return failed(`argument --${name}: expected at least one argument`)
      said[name] = all
    }
  }
  return { said, positional, unknown, problem: undefined }
}

/** @throws Error in argparse's words, as the readers below do */
export function int(value: string): number {
  if (!/^[+-]?\d+$/.test(value)) throw new Error(`invalid int value: '${value}'`)
  return Number(value)
}

export function number(value: string): number {
  if (value.trim() === '' || Number.isNaN(Number(value))) {
    throw new Error(`invalid float value: '${value}'`)
  }
  return Number(value)
}

const UNITS: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
}

/** A whole number, or one with a unit: `4k` is 4000, `4K` is 4096. */
export function memory(value: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([kmgKMG])$/.exec(value) ?? []
  return unit === undefined ? int(value) : Math.floor(Number(digits) * UNITS[unit]!)
}

export function oneOf(...choices: readonly string[]): (value: string) => string {
  return (value) => {
    if (choices.includes(value)) return value
    const quoted = choices.map((choice) => `'${choice}'`).join(', ')
    throw new Error(`invalid choice: '${value}' (choose from ${quoted})`)
  }
}
