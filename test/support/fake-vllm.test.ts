import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFakeNvidiaSmi } from './fake-nvidia-smi.ts'
import { isAlive } from './fake-vllm/gpu.ts'
import { createFakeVllm, type VllmFaults } from './fake-vllm.ts'
import { serve } from './http-server.ts'
import { type StartedProgram, startProgram } from './start-program.ts'

let folder: string
let bin: string
let nextGpuDir = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fake's vllm-"))
  ;({ bin } = await createFakeVllm(join(folder, 'bin')))
})
afterAll(() => rm(folder, { recursive: true }))

interface Vllm extends StartedProgram {
  readonly url: string
}

async function freePort(): Promise<number> {
  await using server = await serve(() => {})
  return Number(new URL(server.url).port)
}

async function start(
  faults: VllmFaults,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Vllm> {
  const port = await freePort()
  const where = ['--host', '127.0.0.1', '--port', String(port)]
  const program = startProgram(bin, ['serve', 'some/model', ...where, ...args], {
    FAKE_VLLM: JSON.stringify({ loadMs: 0, ...faults }),
    ...env,
  })
  return { ...program, url: `http://127.0.0.1:${port}` }
}

async function ready(vllm: Vllm): Promise<Vllm> {
  await vllm.printed('Application startup complete.')
  return vllm
}

function gone(pid: number): Promise<void> {
  return expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
}

function pidOf(role: string, program: StartedProgram): number {
  return Number(new RegExp(`\\(${role} pid=(\\d+)\\)`).exec(program.output())?.[1])
}

/** Pids of living children. */
function childrenOf(parent: number): number[] {
  return processes()
    .filter(([pid, ppid]) => ppid === parent && isAlive(pid!))
    .map(([pid]) => pid!)
}

/** Pid, parent and group of each process. */
function processes(): number[][] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid='], { encoding: 'utf8' })
  return table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
}

const ask = (vllm: Vllm, body: object, path = '/v1/chat/completions', key = '') =>
  fetch(vllm.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...body }),
  })
const status = async (vllm: Vllm, path: string) => (await fetch(vllm.url + path)).status
const gpuDir = () => join(folder, `gpus-${(nextGpuDir += 1)}`)

describe('command line', () => {
  const wrong: readonly [args: string[], message: string][] = [
    [['serve', 'm', '--bogus', '3'], 'vllm: error: unrecognized arguments: --bogus 3'],
    [['serve', '--port', 'x'], "vllm serve: error: argument --port: invalid int value: 'x'"],
    [['serve', '--port'], 'vllm serve: error: argument --port: expected one argument'],
    [['serve', '--dtype', 'int3'], "argument --dtype: invalid choice: 'int3' (choose from 'auto',"],
  ]
  test.concurrent.for(wrong)(
    '%o ends it with code 2 in the words of argparse',
    async ([args, message]) => {
      await using program = startProgram(bin, args)
      expect(await program.exited).toEqual({ code: 2, signal: null })
      await program.printed(message)
    },
  )

  test('underscores are dashes, values may be attached, and a list takes several', async () => {
    const args = ['--served_model_name', 'a', 'b', '--max_model_len=2k', '--seed', '-1']
    const loras = ['--enable-lora', '--lora-modules', 'sql=/loras/sql']
    await using vllm = await ready(await start({}, [...args, ...loras]))
    const { data } = (await (await fetch(`${vllm.url}/v1/models`)).json()) as { data: object[] }
    expect(data).toMatchObject([
      { id: 'a', root: 'some/model', max_model_len: 2000 },
      { id: 'b' },
      { id: 'sql', root: '/loras/sql', parent: 'a' },
    ])
  })
})

describe('requests', () => {
  let vllm: Vllm
  beforeAll(async () => {
    const env = { VLLM_API_KEY: 'secret' }
    vllm = await ready(await start({ answer: 'one two  three', logFlood: 5000 }, [], env))
  })
  afterAll(() => vllm[Symbol.asyncDispose]())
  const chat = (body: object, path?: string) => ask(vllm, body, path, 'secret')

  test('the key of the environment protects what is under /v1, and nothing else', async () => {
    expect(await status(vllm, '/v1/models')).toBe(401)
    expect((await ask(vllm, {})).status).toBe(401)
    for (const path of ['/health', '/ping', '/version', '/metrics']) {
      expect(await status(vllm, path), path).toBe(200)
    }
    expect(vllm.output()).not.toContain('secret')
  })

  test('the answer is whole, cut at max_tokens, or comes in chunks', async () => {
    expect(await (await chat({ model: 'some/model' })).json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'one two  three' }, finish_reason: 'stop' }],
      usage: { completion_tokens: 3 },
    })
    expect(await (await chat({ max_tokens: 2 }, '/v1/completions')).json()).toMatchObject({
      object: 'text_completion',
      choices: [{ text: 'one two', finish_reason: 'length' }],
    })
    const options = { include_usage: true }
    const events = (await (await chat({ stream: true, stream_options: options })).text())
      .split('\n\n')
      .map((event) => event.replace('data: ', ''))
    expect(events.slice(-2)).toEqual(['[DONE]', ''])
    const chunks = events.slice(0, -2).map((event) => JSON.parse(event) as Chunk)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'one two  three',
    )
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } })
  })

  test('each of them is logged, with a flood if there is to be one', async () => {
    await chat({})
    await vllm.printed('POST /v1/chat/completions HTTP/1.1" 200 OK')
    await vllm.printed('x'.repeat(5000))
  })

  test('a model of another name does not exist', async () => {
    const response = await chat({ model: 'other' })
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        error: {
          message: 'The model `other` does not exist.',
          type: 'NotFoundError',
          param: 'model',
          code: 404,
        },
      },
    ])
  })
})

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[]
}

describe('start', () => {
  test('nothing listens while it loads, and SIGTERM then ends it as SIGINT does', async () => {
    await using vllm = await start({ hangAtStage: 4 })
    await vllm.printed('GPU KV cache size')
    await vllm.printed('\rLoading safetensors checkpoint shards:  80% Completed')
    await expect(fetch(`${vllm.url}/health`)).rejects.toThrow('fetch failed')
    process.kill(vllm.pid, 'SIGTERM')
    expect(await vllm.exited).toEqual({ code: null, signal: 'SIGINT' })
    await gone(pidOf('EngineCore', vllm))
  })

  test('an engine that cannot load ends it with code 1, the cause above', async () => {
    await using vllm = await start({ crashAtStage: 2 })
    expect(await vllm.exited).toEqual({ code: 1, signal: null })
    await vllm.printed('Engine core initialization failed. See root cause above. Failed core proc')
    expect(vllm.output()).toMatch(/CUDA out of memory.*\n[^]*Engine core initialization failed/)
  })

  test('a port that is taken ends it with code 1', async () => {
    await using stranger = await serve(() => {})
    const { port } = new URL(stranger.url)
    await using vllm = await start({}, ['--port', port])
    expect(await vllm.exited).toEqual({ code: 1, signal: null })
    await vllm.printed('OSError: [Errno 98] Address already in use')
  })

  const unusable: readonly [args: string[], message: string][] = [
    [['--lora-modules', 'sql=/loras/sql'], 'RuntimeError: LoRA is not enabled.'],
    [['--chat-template', '/no/such.jinja'], 'looks like a file path, but it failed to be opened'],
  ]
  test.for(unusable)('%o ends it with code 1', async ([args, message]) => {
    await using vllm = await start({}, args)
    expect(await vllm.exited).toEqual({ code: 1, signal: null })
    await vllm.printed(message)
  })

  test('its line in the file of starts tells process, port and arguments', async () => {
    const startsFile = join(folder, 'starts/vllm.jsonl')
    await using vllm = await start({ startsFile, hangAtStage: 0 })
    await vllm.printed('vLLM server version')
    expect(JSON.parse(await readFile(startsFile, 'utf8'))).toMatchObject({
      pid: vllm.pid,
      port: Number(new URL(vllm.url).port),
      argv: ['serve', 'some/model', '--host', '127.0.0.1', '--port', expect.any(String)],
    })
  })
})

describe('GPU memory', () => {
  test('is held until the engine is gone, and who finds too little of it does not start', async () => {
    const faults = { gpuDir: gpuDir(), gpuTotal: 24 }
    const smi = await createFakeNvidiaSmi(join(folder, 'smi'), {
      gpuDir: faults.gpuDir,
      total: 24,
      gpus: 2,
    })
    const query = '--query-gpu=index,uuid,memory.total,memory.used,memory.free'
    const shown = () =>
      execFileSync(smi.bin, [query, '--format=csv,noheader,nounits'], { encoding: 'utf8' })
    const uuid = 'GPU-00000000-0000-0000-0000-00000000000'
    const on = { CUDA_VISIBLE_DEVICES: '1' }
    await using vllm = await ready(await start(faults, ['--gpu-memory-utilization', '0.5'], on))
    expect(shown()).toBe(`0, ${uuid}0, 24576, 0, 24576\n1, ${uuid}1, 24576, 12288, 12288\n`)
    await using second = await start(faults, [], on)
    expect(await second.exited).toEqual({ code: 1, signal: null })
    await second.printed(
      'ValueError: Free memory on device cuda:0 (12.00/24.00 GiB) on startup is less than desired GPU memory utilization (0.92, 22.08 GiB).',
    )
    process.kill(pidOf('EngineCore', vllm), 'SIGKILL')
    await expect.poll(shown, { timeout: 10_000 }).toContain('1, 24576, 0, 24576')
  })
})

describe('end', () => {
  test('SIGTERM ends all of it, with code 0', async () => {
    await using vllm = await ready(await start({}, ['--tensor-parallel-size', '2']))
    const engine = pidOf('EngineCore', vllm)
    const workers = childrenOf(engine)
    expect(workers).toHaveLength(2)
    process.kill(vllm.pid, 'SIGTERM')
    expect(await vllm.exited).toEqual({ code: 0, signal: null })
    for (const pid of [engine, ...workers]) await gone(pid)
  })

  const endings: readonly [timeout: string, outcome: string, tokenMs: number][] = [
    ['0', 'fetch failed', 60_000],
    ['9', 'answered', 400],
  ]
  test.for(endings)(
    'with --shutdown-timeout %s a request in flight ends as: %s',
    async ([timeout, outcome, tokenMs]) => {
      const faults = { tokenMs, answer: 'word' }
      await using vllm = await ready(await start(faults, ['--shutdown-timeout', timeout]))
      const asked = ask(vllm, {}).then(
        () => 'answered',
        ({ message }: Error) => message,
      )
      const metrics = async () => (await fetch(`${vllm.url}/metrics`)).text()
      await expect.poll(metrics, { interval: 10 }).toContain('model_name="some/model"} 1')
      process.kill(vllm.pid, 'SIGTERM')
      expect(await asked).toBe(outcome)
      expect(await vllm.exited).toEqual({ code: 0, signal: null })
    },
  )

  test('the engine outlives an API server that is killed in a request, its workers do not outlive it', async () => {
    await using vllm = await ready(
      await start({ apiDiesAfter: 1 }, ['--tensor-parallel-size', '2']),
    )
    await expect(ask(vllm, {})).rejects.toThrow('fetch failed')
    expect(await vllm.exited).toEqual({ code: null, signal: 'SIGKILL' })
    const engine = pidOf('EngineCore', vllm)
    const workers = childrenOf(engine)
    expect([isAlive(engine), workers.length]).toEqual([true, 2])
    process.kill(engine, 'SIGKILL')
    for (const pid of workers) await gone(pid)
  })

  test('a dead engine fails the requests and the health, and some time later the exit code is 0', async () => {
    await using vllm = await ready(await start({ engineDiesAfter: 2, watchdogMs: 700 }))
    expect((await ask(vllm, {})).status).toBe(200)
    const response = await ask(vllm, {})
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { error: { type: 'InternalServerError', message: /^EngineCore encountered an issue/ } },
    ])
    expect(await status(vllm, '/health')).toBe(503)
    expect(await vllm.exited).toEqual({ code: 0, signal: null })
  })

  test('an engine may leave the group, not react to SIGTERM, and have a helper without the environment', async () => {
    await using vllm = await ready(
      await start({ engineSetsid: true, engineIgnoreTerm: true, engineScrubEnv: true }),
    )
    const engine = pidOf('EngineCore', vllm)
    const [helper] = childrenOf(engine)
    const groups = new Map(processes().map(([pid, , group]) => [pid, group]))
    expect([groups.get(engine), groups.get(helper)]).toEqual([engine, engine])
    process.kill(vllm.pid, 'SIGTERM')
    expect(await vllm.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(engine)).toBe(true)
    process.kill(engine, 'SIGKILL')
    await gone(engine)
    expect(isAlive(helper!)).toBe(true)
    process.kill(helper!, 'SIGKILL')
  })

  test('an API server may not react to SIGTERM', async () => {
    await using vllm = await ready(await start({ ignoreTerm: true }))
    process.kill(vllm.pid, 'SIGTERM')
    expect((await ask(vllm, {})).status).toBe(200)
    expect(vllm.output()).not.toContain('shutdown triggered')
  })

  test('what is left ends when the folder of the program is removed', async () => {
    const home = join(folder, 'other')
    const other = await createFakeVllm(home)
    await using program = startProgram(other.bin, ['serve', '--port', String(await freePort())], {
      FAKE_VLLM: '{ "hangAtStage": 0, "engineSetsid": true }',
    })
    await program.printed('Initializing a V1 LLM engine')
    await rm(home, { recursive: true })
    await program.exited
    await gone(pidOf('EngineCore', program))
  })
})
