// Keeps one response after the other in a file, and says after each that it is there, until it is killed.

import { writeSync } from 'node:fs'
import { sqliteStore } from '../../../src/request/cache/sqlite-store.ts'
import { valueOf } from './value.ts'

const [path = '', from = '', to = ''] = process.argv.slice(2)
const store = sqliteStore({ path, maxEntries: 100_000, notice: (line) => writeSync(2, line) })
for (let i = Number(from); i < Number(to); i++) {
  await store.set(`key ${i}`, valueOf(i), 3_600_000)
  writeSync(1, `${i}\n`)
}
