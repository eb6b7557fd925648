/**
 * What a run keeps of its rows when the server does not keep up: evals of a real Vitest against a server that
 * limits and fails. Prints each figure with its limit; exits with 1 if one is missed. Takes about ten minutes.
 *
 *   npm run bench:storm [-- names of scenarios]
 */
import { type Figure, isMissed } from './storm/figures.ts'
import { scenarios } from './storm/scenarios.ts'

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(scenarios, name))
if (unknown.length > 0) {
  console.error(
    `No scenario ${unknown.join(', ')}: there are ${Object.keys(scenarios).join(', ')}.`,
  )
  process.exit(2)
}

const chosen = Object.entries(scenarios).filter(
  ([name]) => names.length === 0 || names.includes(name),
)
process.once('SIGINT', () => process.exit(130))
const table: (readonly string[])[] = []
for (const [name, { about, measure }] of chosen) {
  console.error(`${name}: ${about} …`)
  const figures = await measure()
  for (const [i, figure] of figures.entries()) {
    if (isMissed(figure)) process.exitCode = 1
    table.push([
      i === 0 ? name : '',
      figure.what,
      shown(figure),
      limitOf(figure),
      isMissed(figure) ? 'missed' : '',
    ])
  }
}
print(['scenario', 'figure', 'measured', 'limit', ''], table)

function shown({ value, text = String(value) }: Figure): string {
  return text
}

function limitOf({ most, least }: Figure): string {
  if (most === undefined) return least === undefined ? '' : `≥ ${least}`
  return most === least ? `= ${most}` : `≤ ${most}`
}

function print(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => line[i]!.length)))
  for (const line of [head, ...lines]) {
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
  }
}
