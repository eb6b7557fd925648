// Says whether each feature of features.json is shown by a test that passed: `node test/features.ts RESULTS.json`,
// where the results are the JSON report of Vitest.
import { readFileSync } from 'node:fs'
import { type Feature, type Report, unshown } from './features/unshown.ts'

const [, , path] = process.argv
if (path === undefined) {
  process.stderr.write('Usage: node test/features.ts RESULTS.json\n')
  process.exit(2)
}

const features = readJson(new URL('features.json', import.meta.url)) as Record<string, Feature>
const problems = unshown(features, readJson(path) as Report)
const own = Object.values(features).filter((feature) => 'test' in feature)
if (problems.length > 0) {
  process.stderr.write(problems.map((problem) => `${problem}\n`).join(''))
  process.exitCode = 1
} else {
  process.stdout.write(`${own.length} features, all shown\n`)
}

function readJson(file: string | URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
