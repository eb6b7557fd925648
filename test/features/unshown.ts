/** What shows a feature: titles of tests, as Vitest reports them, or the issue that brings it. */
export type Feature = { readonly test: string | readonly string[] } | { readonly issue: string }

/** What matters here of Vitest's JSON report. */
export interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

/** Why features are not shown, a line for each. A title may begin with several ids: `D-01, D-02: …`. */
export function unshown(
  features: Readonly<Record<string, Feature>>,
  { testResults }: Report,
): string[] {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)

  function problemOf(id: string, title: string): string | undefined {
    const [ids] = title.split(': ')
    if (!ids!.split(', ').includes(id)) return `the test "${title}" does not begin with "${id}: "`
    const found = results.filter((result) => result.title === title)
    if (found.length === 0) return `there is no test "${title}"`
    const other = found.find(({ status }) => status !== 'passed')
    return other && `the test "${title}" is ${other.status}`
  }

  return Object.entries(features).flatMap(([id, feature]) => {
    const titles = 'test' in feature ? [feature.test].flat() : []
    return titles.flatMap((title) => {
      const problem = problemOf(id, title)
      return problem === undefined ? [] : [`${id}: ${problem}`]
    })
  })
}
