/**
 * What shows a feature: the names of its tests as Vitest reports them, `describe > test`, or of the last parts of that,
 * or of a `describe` alone for all of its tests; or the issue that brings it.
 */
export type Feature = { readonly test: string | readonly string[] } | { readonly issue: string }

/** What matters here of Vitest's JSON report. */
export interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly Result[]
  }[]
}

interface Result {
  /** Of the `describe`s around it. */
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly status: string
}

/** Why features are not shown, a line for each. A name may begin with several ids: `D-01, D-02: …`. */
export function unshown(
  features: Readonly<Record<string, Feature>>,
  { testResults }: Report,
): string[] {
  const results = resultsByName(testResults.flatMap(({ assertionResults }) => assertionResults))

  function problemOf(id: string, name: string): string | undefined {
    const [ids] = name.split(': ')
    if (!ids!.split(', ').includes(id)) return `the test "${name}" does not begin with "${id}: "`
    const found = results.get(name)
    if (!found) return `there is no test "${name}"`
    const other = found.find(({ status }) => status !== 'passed')
    return other && `the test "${name}" is ${other.status}`
  }

  return Object.entries(features).flatMap(([id, feature]) => {
    const names = 'test' in feature ? [feature.test].flat() : []
    return names.flatMap((name) => {
      const problem = problemOf(id, name)
      return problem === undefined ? [] : [`${id}: ${problem}`]
    })
  })
}

/** Results by each of the names that they can be called by. */
function resultsByName(results: readonly Result[]): ReadonlyMap<string, readonly Result[]> {
  const named = new Map<string, Result[]>()
  for (const result of results) {
    for (const name of namesOf([...result.ancestorTitles, result.title])) {
      named.set(name, [...(named.get(name) ?? []), result])
    }
  }
  return named
}

/** All runs of neighbouring parts. */
function namesOf(parts: readonly string[]): ReadonlySet<string> {
  const runs = parts.flatMap((_, start) =>
    parts.slice(start).map((__, length) => parts.slice(start, start + length + 1).join(' > ')),
  )
  return new Set(runs)
}
