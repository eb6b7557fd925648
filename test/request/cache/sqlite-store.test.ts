import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { setAside } from '../../../src/request/cache/sqlite-file.ts'
import { sqliteStore } from '../../../src/request/cache/sqlite-store.ts'
import { createFolder } from './folder.ts'
import { valueOf } from './value.ts'

const HOUR = 3_600_000
const limits = { maxEntries: 100_000 }

function open(path: string, more: { now?: () => number } = {}) {
  const notices: string[] = []
  const store = sqliteStore({ path, ...limits, ...more, notice: (line) => notices.push(line) })
  return { store, notices, [Symbol.asyncDispose]: () => store.close() }
}

test('responses are for the eyes of their owner', async () => {
  await using folder = await createFolder()
  const path = folder.file('.assay/cache/responses.sqlite')
  await using opened = open(path)
  await opened.store.set('a', 'a', HOUR)
  const modeOf = (file: string) => statSync(file).mode & 0o777
  expect(modeOf(folder.file('.assay/cache'))).toBe(0o700)
  const files = readdirSync(folder.file('.assay/cache'))
  expect(files).toEqual(['responses.sqlite', 'responses.sqlite-shm', 'responses.sqlite-wal'])
  for (const file of files) expect(modeOf(folder.file(`.assay/cache/${file}`))).toBe(0o600)
  // a folder that was there before is the user's
  expect(modeOf(folder.file('.assay'))).not.toBe(0o700)
})

test('what was kept is there when the file is opened again', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  {
    await using first = open(path)
    await first.store.set('a', 'a', HOUR)
  }
  expect(readdirSync(folder.path)).toEqual(['a.sqlite'])
  await using second = open(path)
  expect(await second.store.get('a')).toBe('a')
})

test('reading writes nothing, and what was used is written with the next write', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  let now = Date.now()
  await using opened = open(path, { now: () => now })
  const { store } = opened
  for (let i = 0; i < 10; i++) await store.set(`key ${i}`, valueOf(i), HOUR)
  const wal = () => readFileSync(`${path}-wal`).toString('hex')
  const before = wal()
  now += HOUR / 2
  for (let i = 0; i < 10; i++) expect(await store.get(`key ${i}`)).toBe(valueOf(i))
  expect(wal()).toBe(before)
  await store.set('other', 'other', HOUR)
  using database = new DatabaseSync(path)
  expect(database.prepare('SELECT DISTINCT usedAt FROM responses').all()).toEqual([{ usedAt: now }])
})

test('what was used and is not written yet is written at the end', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  let now = Date.now()
  const opened = open(path, { now: () => now })
  await opened.store.set('a', 'a', HOUR)
  now += HOUR / 2
  await opened.store.get('a')
  await opened.store.close()
  using database = new DatabaseSync(path)
  expect(database.prepare('SELECT usedAt FROM responses').get()).toEqual({ usedAt: now })
})

test('the totals are right after any writes', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  await using opened = open(path)
  const { store } = opened
  for (let i = 0; i < 100; i++) await store.set(`key ${i % 30}`, valueOf(i), HOUR)
  for (let i = 0; i < 10; i++) await store.delete(`key ${i * 4}`)
  using database = new DatabaseSync(path)
  const counted =
    'SELECT count(*) AS entries, sum(length(CAST(value AS BLOB))) AS bytes FROM responses'
  expect(database.prepare('SELECT * FROM total').get()).toEqual(database.prepare(counted).get())
})

describe('a damaged file', () => {
  test('is set aside, and a new one is begun', async () => {
    await using folder = await createFolder()
    const path = folder.file('a.sqlite')
    writeFileSync(path, 'this is no database, whatever its name says'.repeat(100))
    await using opened = open(path)
    const { store, notices } = opened
    expect(await store.get('a')).toBeUndefined()
    await store.set('a', 'a', HOUR)
    expect(await store.get('a')).toBe('a')
    expect(notices).toEqual([
      `The response cache ${path} was damaged: it lies beside it as .damaged, and a new one was begun.`,
    ])
    expect(readFileSync(`${path}.damaged`, 'utf8')).toContain('this is no database')
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  test('is found out also while it is in use, in its middle', async () => {
    await using folder = await createFolder()
    const path = folder.file('a.sqlite')
    {
      await using first = open(path)
      for (let i = 0; i < 500; i++) await first.store.set(`key ${i}`, valueOf(i), HOUR)
    }
    const bytes = readFileSync(path)
    bytes.fill(7, 20_000)
    writeFileSync(path, bytes)
    await using opened = open(path)
    const { store, notices } = opened
    for (let i = 0; i < 500; i++) {
      expect([valueOf(i), undefined]).toContain(await store.get(`key ${i}`))
    }
    expect(notices).toHaveLength(1)
    await store.set('key 1', 'new', HOUR)
    expect(await store.get('key 1')).toBe('new')
  })

  test(
    'is set aside once, by whichever of four processes comes first',
    { timeout: 60_000 },
    async () => {
      await using folder = await createFolder()
      const path = folder.file('a.sqlite')
      writeFileSync(path, 'no database'.repeat(1000))
      const ended = await share(path, 4, 25)
      expect(ended.map(({ seen }) => seen)).toEqual([100, 100, 100, 100])
      expect(ended.flatMap(({ lines }) => lines)).toEqual([expect.stringContaining('was damaged')])
    },
  )
})

test('a file that another process has put in the place of the damaged one stays', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  writeFileSync(path, 'damaged')
  const { ino } = statSync(path, { bigint: true })
  expect(setAside(path, ino)).toBe(true)
  writeFileSync(path, 'new')
  expect(setAside(path, ino)).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(readdirSync(folder.path)).toEqual(['a.sqlite', 'a.sqlite.damaged'])
})

test('a process that died while it set a file aside holds up nobody', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  writeFileSync(path, 'damaged'.repeat(100))
  writeFileSync(`${path}.lock`, '')
  utimesSync(`${path}.lock`, 0, 0)
  await using opened = open(path)
  await opened.store.set('a', 'a', HOUR)
  expect(await opened.store.get('a')).toBe('a')
})

test('a database of something else is left as it is', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  using database = new DatabaseSync(path)
  database.exec('CREATE TABLE customers (name); INSERT INTO customers VALUES (1)')
  await using opened = open(path)
  await expect(opened.store.get('a')).rejects.toMatchObject({
    kind: 'config',
    message: `cache: ${path} is a database of something else; give the cache a \`path\` of its own.`,
  })
  expect(database.prepare('SELECT * FROM customers').all()).toEqual([{ name: 1 }])
})

test('what another version of the tables holds is dropped', async () => {
  await using folder = await createFolder()
  const path = folder.file('a.sqlite')
  {
    await using first = open(path)
    await first.store.set('a', 'a', HOUR)
  }
  {
    using database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
  }
  await using second = open(path)
  expect(await second.store.get('a')).toBeUndefined()
  await second.store.set('a', 'b', HOUR)
  expect(await second.store.get('a')).toBe('b')
})

test(
  'a process that is killed while it writes leaves no damage',
  { timeout: 120_000 },
  async () => {
    await using folder = await createFolder()
    const path = folder.file('a.sqlite')
    let state = 20_261_121
    const random = (n: number) => (state = (state * 48_271) % 2_147_483_647) % n
    for (let round = 0; round < 8; round++) {
      const from = round * 1000
      const last = from + random(1000)
      const writer = run(new URL('sqlite-writer.ts', import.meta.url), path, from, from + 1000)
      let written = -1
      for await (const line of createInterface({ input: writer.stdout! })) {
        written = Number(line)
        if (written >= last) writer.kill('SIGKILL')
      }
      expect(written).toBeGreaterThanOrEqual(last)
      await using opened = open(path)
      for (let i = from; i < from + 1000; i++) {
        const expected = i <= written ? [valueOf(i)] : [valueOf(i), undefined]
        expect(expected).toContain(await opened.store.get(`key ${i}`))
      }
      expect(opened.notices).toEqual([])
      using database = new DatabaseSync(path)
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
      const counted = database.prepare('SELECT count(*) AS entries FROM responses').get()
      expect(database.prepare('SELECT entries FROM total').get()).toEqual(counted)
    }
  },
)

test('four processes share a file from its first moment', { timeout: 60_000 }, async () => {
  await using folder = await createFolder()
  const ended = await share(folder.file('new/a.sqlite'), 4, 250)
  expect(ended).toEqual(Array.from({ length: 4 }, () => ({ seen: 1000, lines: [], errors: '' })))
})

/** Each process keeps its own; when all have, each looks for those of all. */
async function share(path: string, processes: number, each: number) {
  const all = processes * each
  const children = Array.from({ length: processes }, (_, i) => {
    const child = run(
      new URL('sqlite-sharer.ts', import.meta.url),
      path,
      i * each,
      (i + 1) * each,
      all,
    )
    const report = { seen: 0, lines: [] as string[], errors: '' }
    child.stderr!.on('data', (chunk: Buffer) => (report.errors += chunk.toString()))
    const lines = createInterface({ input: child.stdout! })
    const kept = Promise.withResolvers<void>()
    lines.on('line', (line) => {
      if (line === 'kept') kept.resolve()
      else if (line.startsWith('seen: ')) report.seen = Number(line.slice(6))
      else report.lines.push(line)
    })
    const closed = once(child, 'close')
    return { child, report, kept: Promise.race([kept.promise, closed]), closed }
  })
  await Promise.all(children.map(({ kept }) => kept))
  for (const { child } of children) child.stdin!.end('go')
  await Promise.all(children.map(({ closed }) => closed))
  return children.map(({ report }) => report)
}

function run(script: URL, ...args: readonly (string | number)[]): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(script), ...args.map(String)], { stdio: 'pipe' })
}
