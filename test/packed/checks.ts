const outcomes: boolean[] = []

/** Says whether something is as it should be, and what came where it is not. */
export function check(name: string, passed: boolean, details: string): void {
  outcomes.push(passed)
  console.log(`${passed ? '✓' : '✗'} ${name}`)
  if (!passed) console.log(details)
}

/** How many checks have passed so far, and how many have not. */
export function countChecks(): { readonly passed: number; readonly failed: number } {
  const passed = outcomes.filter(Boolean).length
  return { passed, failed: outcomes.length - passed }
}
