import { AssayError } from '../../model/error.ts'
import { meantBy } from '../../model/nearest.ts'
import type { Member } from '../members/member.ts'

/** A model that was registered. */
export interface Entry {
  readonly member: Member
  /** Where it was registered, for people. */
  readonly origin: string
  /** A second name, which nobody else may have either. */
  readonly alias?: string | undefined
  /** Ends the telling of its health. */
  readonly unwatch: () => void
}

/** The models that there are, and how they are found. */
export interface Entries {
  readonly all: readonly Entry[]
  /** @throws AssayError `config` where there is one of this name, with both origins */
  add(entry: Entry): void
  remove(entry: Entry): void
  /**
   * The model of a name: its own, else its exact spec, else its name without the provider, where that is of one
   * alone. @throws AssayError `config` that lists what there is, or those between which the name does not tell
   */
  find(name: string): Entry
}

export function createEntries(): Entries {
  let entries: readonly Entry[] = []
  const named = (name: string) => entries.find((entry) => namesOf(entry).includes(name))

  function find(name: string): Entry {
    const own = named(name)
    if (own) return own
    for (const nameOf of [specOf, bareOf]) {
      const found = entries.filter((entry) => nameOf(entry) === name)
      if (found.length === 1) return found[0]!
      if (found.length > 1) throw ambiguous(name, found)
    }
    throw unknown(name, entries)
  }

  return {
    get all() {
      return entries
    },
    add(entry) {
      for (const name of namesOf(entry)) {
        const known = named(name)
        if (known) throw duplicate(name, known, entry)
      }
      entries = [...entries, entry]
    },
    remove(entry) {
      entries = entries.filter((one) => one !== entry)
    },
    find,
  }
}

function namesOf({ member: { name }, alias = name }: Entry): readonly string[] {
  return [name, alias]
}

function specOf({ member }: Entry): string {
  return member.spec
}

/** The name without the provider: only the first `/` ends that. */
function bareOf({ member: { spec } }: Entry): string {
  return spec.slice(spec.indexOf('/') + 1)
}

function duplicate(name: string, known: Entry, other: Entry): AssayError {
  return new AssayError(
    `${other.origin}: the model "${name}" is registered already, at ${known.origin}; replace() it, or register it under another name.`,
    { kind: 'config' },
  )
}

function ambiguous(name: string, found: readonly Entry[]): AssayError {
  const all = found.map(({ member, origin }) => `${member.name} (${origin})`)
  return new AssayError(`"${name}" is the name of several models: ${all.join(', ')}.`, {
    kind: 'config',
  })
}

function unknown(name: string, all: readonly Entry[]): AssayError {
  const names = all.map(({ member }) => member.name)
  const bare = all.map((entry) => bareOf(entry))
  const meant = meantBy(name, [...names, ...bare])
  const question = meant === undefined ? '' : ` Did you mean "${meant}"?`
  const there = names.length === 0 ? 'none is registered' : `registered: ${names.join(', ')}`
  return new AssayError(`There is no model "${name}"; ${there}.${question}`, { kind: 'config' })
}
