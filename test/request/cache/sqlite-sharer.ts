// Shares a file with others: keeps its own responses, and counts on a word from outside those of all.

import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { sqliteStore } from '../../../src/request/cache/sqlite-store.ts'
import { valueOf } from './value.ts'

const [path = '', from = '', to = '', all = ''] = process.argv.slice(2)
const notice = (line: string) => writeSync(1, `notice: ${line}\n`)
const store = sqliteStore({ path, maxEntries: 100_000, notice })
for (let i = Number(from); i < Number(to); i++) {
  await store.set(`key ${i}`, valueOf(i), 3_600_000)
  if ((await store.get(`key ${i}`)) !== valueOf(i)) writeSync(1, `wrong: ${i}\n`)
}
writeSync(1, 'kept\n')
await once(process.stdin, 'data')
let seen = 0
for (let i = 0; i < Number(all); i++) {
  if ((await store.get(`key ${i}`)) === valueOf(i)) seen++
}
await store.close()
writeSync(1, `seen: ${seen}\n`)
process.exit()
