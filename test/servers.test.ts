import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { llamaServer, testLlama, tinyModel } from './support/llama-server.ts'
import { createProject, type Ended, type Project, type RunOptions } from './support/project.ts'
import { soon } from './support/supervision.ts'

/** One start of the real llama-server. */
interface Start {
  readonly pid: number
  readonly port: number
  /** File name. */
  readonly model: string
  readonly key: string
}

/** A project with two models, `tiny.gguf` and `other.gguf`, and a llama-server whose starts are written down. */
interface ServersProject extends Project {
  starts(): Promise<Start[]>
  /** Pids of what lives of the runs: Vitest, workers, supervisors, servers. */
  alive(): number[]
}

async function createServersProject(
  options: string,
  files: Readonly<Record<string, string>>,
): Promise<ServersProject> {
  const outside = await mkdtemp(join(tmpdir(), 'starts-')) // keys are in it
  const mark = `SERVERS_MARK=${randomUUID()}`
  const startsFile = join(outside, 'starts.txt')
  const bin = join(outside, 'llama-server')
  await writeFile(startsFile, '')
  const note = `printf '%s\\t%s\\t%s\\n' "$$" "$LLAMA_API_KEY" "$*" >> '${startsFile}'`
  const delay = '[ -z "$SLOW" ] || sleep 600'
  await writeFile(bin, `#!/bin/sh\n${note}\n${delay}\nexec '${llamaServer}' "$@"\n`, {
    mode: 0o755,
  })
  const project = await createProject({
    'vitest.config.ts': `
      import { defineConfig } from 'vitest/config'
      import { evals } from 'vitest-assay/config'
      export default defineConfig({ plugins: [evals(${options})] })
    `,
    ...files,
  })
  for (const name of ['tiny.gguf', 'other.gguf']) {
    await copyFile(tinyModel, join(project.folder, name))
  }
  const [variable, value] = mark.split('=') as [string, string]
  const alive = () => (process.platform === 'linux' ? processesWith(mark) : [])
  return {
    ...project,
    vitest: ({ env, ...more }: RunOptions = {}): Promise<Ended> =>
      project.vitest({
        env: { LLAMA_SERVER_BIN: bin, STARTS: startsFile, [variable]: value, ...env },
        ...more,
      }),
    async starts() {
      const lines = (await readFile(startsFile, 'utf8')).split('\n').filter((line) => line !== '')
      return lines.map((line) => {
        const [pid = '', key = '', args = ''] = line.split('\t')
        const port = Number(/--port (\d+)/.exec(args)?.[1])
        return { pid: Number(pid), port, model: /(\w+\.gguf)/.exec(args)![1]!, key }
      })
    },
    alive,
    async [Symbol.asyncDispose]() {
      for (const pid of alive()) process.kill(pid, 'SIGKILL')
      await project[Symbol.asyncDispose]()
      await rm(outside, { recursive: true })
    },
  }
}

function processesWith(mark: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => environmentOf(pid).split('\0').includes(mark)).map(Number)
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return '' // it has ended meanwhile
  }
}

/** An eval of small sums on a model. */
function sums(name: string, model: string, count = 10, more = ''): string {
  return `
    import { readFileSync } from 'node:fs'
    import { foreach, numericMatch } from 'vitest-assay'
    const rows = Array.from({ length: ${count} }, (_, i) => ({ id: String(i), i, question: 'What is ' + (10 + i % 50) + ' + 7?', answer: 17 + i % 50 }))
    foreach(rows, { models: ['llama-server/${model}'] })('${name}', async ({ i, question, answer }, { model }) => {
      ${more}
      return numericMatch((await model.generate(question)).text, answer)
    })
  `
}

async function filesUnder(folder: string): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.gguf'))
  return Promise.all(
    files.map(async ({ name, parentPath }) => ({
      name,
      text: await readFile(join(parentPath, name), 'latin1'),
    })),
  )
}

testLlama('three files and two workers share one server, and nothing of it is left', async () => {
  await using project = await createServersProject('{ test: { maxWorkers: 2 } }', {
    'a.eval.ts': sums('a', 'tiny.gguf'),
    'b.eval.ts': sums('b', 'tiny.gguf'),
    'folder/c.eval.ts': sums('c', '../tiny.gguf'),
  })
  const { exitCode, output } = await project.vitest()
  expect(exitCode, output).toBe(0)
  expect(project.alive()).toEqual([])
  const starts = await project.starts()
  expect(starts).toHaveLength(1)
  const { servers, evals } = await project.summary()
  expect(servers).toEqual([
    {
      provider: 'llama-server',
      model: expect.stringContaining('tiny.gguf'),
      starts: 1,
      restarts: 0,
      crashes: [],
      readyMs: expect.any(Number),
      logs: [expect.stringMatching(/^servers\/.*tiny\.gguf-.*\.log$/)],
    },
  ])
  expect(evals.map(({ outcomes }) => outcomes.scored)).toEqual([10, 10, 10])
  const run = join(project.folder, '.assay/runs', (await project.runs())[0]!)
  const journals = (await readdir(run)).filter((name) => name.startsWith('rows-'))
  expect(journals).toHaveLength(2)
  const rows = await project.rows()
  expect(rows.filter(({ scores }) => scores['numericMatch']!.value === 1).length).toBeGreaterThan(
    24,
  )

  const log = await readFile(join(run, servers![0]!.logs[0]!), 'utf8')
  expect(log).toContain('model loaded')
  const { key } = starts[0]!
  expect(key.length).toBeGreaterThan(20)
  const files = await filesUnder(project.folder)
  expect(files.filter(({ text }) => text.includes(key)).map(({ name }) => name)).toEqual([])
  expect(output).not.toContain(key)
})

testLlama(
  'with room for one server the second model starts when the first is let go of',
  async () => {
    await using project = await createServersProject('{ maxServers: 1, test: { maxWorkers: 2 } }', {
      'a.eval.ts': sums('tiny.gguf', 'tiny.gguf'),
      'b.eval.ts': sums('other.gguf', 'other.gguf'),
    })
    const { exitCode, output } = await project.vitest()
    expect(exitCode, output).toBe(0)
    const [first, second, ...more] = await project.starts()
    expect(more).toEqual([])
    expect(new Set([first!.model, second!.model]).size).toBe(2)
    const early = await project.rows(`${first!.model} [llama-server/${first!.model}]`)
    const late = await project.rows(`${second!.model} [llama-server/${second!.model}]`)
    expect([early.length, late.length]).toEqual([10, 10])
    const ends = early.map(({ startedAt, latencyMs }) => Date.parse(startedAt) + latencyMs)
    const begins = late.map(({ startedAt }) => Date.parse(startedAt))
    expect(Math.max(...ends)).toBeLessThanOrEqual(Math.min(...begins) + 1) // times are whole milliseconds
    expect((await project.summary()).servers).toMatchObject([{ starts: 1 }, { starts: 1 }])
    expect(project.alive()).toEqual([])
  },
)

testLlama(
  'a judge that has no room beside the model that it judges is an error at once',
  async () => {
    await using project = await createServersProject('{ maxServers: 1 }', {
      'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([{ id: 'r1' }], { models: ['llama-server/tiny.gguf'] })('judged', async (_row, { model, providers }) => {
        await model.generate('What is 21 + 7?')
        await using judge = await providers.setup('llama-server/other.gguf')
        return Boolean(await judge.model.generate('What is 21 + 7?'))
      })
    `,
    })
    const { exitCode, output } = await project.vitest()
    expect(exitCode, output).toBe(1)
    const [row] = await project.rows()
    expect(row!.error).toMatchObject({
      kind: 'setup',
      message: expect.stringMatching(
        /other\.gguf would wait for ever.*tiny\.gguf.*`maxServers` is 1/,
      ),
    })
    expect(await project.starts()).toHaveLength(1)
    expect(project.alive()).toEqual([])
  },
)

testLlama(
  'rows that take a second model one after the other find room beside the first',
  async () => {
    await using project = await createServersProject('{ maxServers: 2 }', {
      'a.eval.ts': `
      import { foreach } from 'vitest-assay'
      foreach([1, 2, 3, 4], { models: ['llama-server/tiny.gguf'] })('judged', async (_n, { model, providers }) => {
        await using judge = await providers.setup('llama-server/other.gguf')
        return Boolean(await model.generate('What is 21 + 7?') && await judge.model.generate('What is 21 + 7?'))
      })
    `,
    })
    const { exitCode, output } = await project.vitest()
    expect(exitCode, output).toBe(0)
    expect((await project.starts()).map(({ model }) => model)).toEqual(['tiny.gguf', 'other.gguf'])
    expect(project.alive()).toEqual([])
  },
)

testLlama(
  'a server that is killed in the middle of 200 rows is restarted, and no row is lost',
  async () => {
    const kill = `
    if (i === 100) {
      const [pid] = readFileSync(process.env.STARTS, 'utf8').split('\\t')
      process.kill(Number(pid), 'SIGKILL')
    }
  `
    await using project = await createServersProject('{}', {
      'a.eval.ts': sums('killed', 'tiny.gguf', 200, kill),
    })
    const { exitCode, output } = await project.vitest()
    expect(exitCode, output).toBe(0)
    expect(await project.evalOf('killed [llama-server/tiny.gguf]')).toMatchObject({
      rows: 200,
      outcomes: { scored: 200, error: 0 },
    })
    expect(new Set((await project.rows()).map(({ rowId }) => rowId)).size).toBe(200)
    expect((await project.summary()).servers).toMatchObject([
      {
        starts: 2,
        restarts: 1,
        crashes: [{ how: 'signal SIGKILL' }],
        logs: [expect.any(String), expect.any(String)],
      },
    ])
    expect(output).toMatch(
      /llama-server\/\S*tiny\.gguf was restarted once: it had ended by signal SIGKILL \(log: \S+\.log\)/,
    )
    const starts = await project.starts()
    expect(starts).toHaveLength(2)
    expect(starts[1]!.key).toBe(starts[0]!.key)
    expect(project.alive()).toEqual([])
  },
)

testLlama('two runs at the same time share no server, no port and no key', async () => {
  const meet = `
    const starts = () => readFileSync(process.env.STARTS, 'utf8').split('\\n').length - 1
    for (let tries = 0; starts() < 2 && tries < 300; tries++) await new Promise((resolve) => setTimeout(resolve, 50))
  `
  await using project = await createServersProject('{}', {
    'a.eval.ts': sums('twin', 'tiny.gguf', 3, meet),
  })
  const runs = [1, 2].map(() => project.vitest())
  for (const { exitCode, output } of await Promise.all(runs)) expect(exitCode, output).toBe(0)
  const starts = await project.starts()
  expect(starts).toHaveLength(2)
  for (const part of ['pid', 'port', 'key'] as const) {
    expect(new Set(starts.map((start) => start[part])).size).toBe(2)
  }
  for (const run of await project.runs()) {
    const { servers } = JSON.parse(await project.read(`.assay/runs/${run}/summary.json`)) as {
      servers: unknown
    }
    expect(servers).toMatchObject([{ starts: 1, crashes: [] }])
  }
  expect(project.alive()).toEqual([])
})

testLlama('a run that is interrupted once has stopped its server when it ends', async () => {
  await using project = await createServersProject('{}', {
    'a.eval.ts': sums('long', 'tiny.gguf', 5000, `if (i === 30) console.log('thirty')`),
  })
  let sent = false
  const { exitCode, output } = await project.vitest({
    args: ['--project', 'evals', '--pool', 'forks'],
    onOutput(text, pid) {
      if (sent || !text.includes('thirty')) return
      sent = true
      process.kill(-pid, 'SIGINT')
    },
  })
  expect(exitCode, output).toBe(130)
  expect(project.alive()).toEqual([])
  expect(await project.summary()).toMatchObject({
    status: 'interrupted',
    servers: [{ starts: 1, crashes: [] }],
  })
})

testLlama(
  'a run that is interrupted while its server starts ends too, and leaves nothing',
  async () => {
    await using project = await createServersProject('{}', {
      'a.eval.ts': sums('never', 'tiny.gguf'),
    })
    let main = 0
    const run = project.vitest({
      args: ['--project', 'evals', '--pool', 'forks'],
      env: { SLOW: '1' },
      onOutput: (_text, pid) => (main = pid),
    })
    await expect.poll(() => project.starts(), soon).toHaveLength(1)
    process.kill(-main, 'SIGINT')
    const { exitCode, output } = await run
    expect(exitCode, output).toBe(130)
    expect(project.alive()).toEqual([])
    expect(await project.summary()).toMatchObject({
      status: 'interrupted',
      servers: [{ starts: 1, crashes: [], readyMs: null }],
    })
  },
)
