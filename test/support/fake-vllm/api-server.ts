import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { recordStart } from '../fake-program.ts'
import type { VllmOptions } from './command-line.ts'
import { type EngineClient, startEngine } from './engine-client.ts'
import { readFaults } from './faults.ts'
import { createHttp } from './http.ts'
import { createLog, traceback, uvicornLog } from './log.ts'

const ROLE = 'APIServer'
const log = createLog(ROLE)

/** The process that is started: it claims the port, starts the engine, and listens once that has loaded. */
export async function runApiServer(options: VllmOptions): Promise<void> {
  const faults = readFaults()
  let engine: EngineClient | undefined
  let server: Server | undefined
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      if (faults.ignoreTerm || isStopping) return
      isStopping = true
      void (server ? stop(server) : interrupt())
    })
  }

  async function interrupt(): Promise<void> {
    await engine?.stop()
    process.removeAllListeners('SIGINT')
    process.kill(process.pid, 'SIGINT') // KeyboardInterrupt, whichever signal it was
  }

  async function stop(listening: Server): Promise<void> {
    log('INFO', 'launcher.py:117', '[shutdown] API server: shutdown triggered')
    await sleep(faults.termMs ?? 0)
    const drained = new Promise((resolve) => listening.close(resolve))
    setInterval(() => listening.closeIdleConnections(), 10) // those that had a request until now
    await Promise.race([drained, sleep(options.shutdownTimeout * 1000)])
    await engine?.stop()
    process.exit(0)
  }

  async function fail(place: string, error: string): Promise<never> {
    isStopping = true
    traceback(ROLE, place, error)
    await engine?.stop()
    process.exit(1)
  }

  await recordStart(faults.startsFile, options.port)
  log('INFO', 'api_server.py:1896', 'vLLM server version 0.99.0')
  log(
    'INFO',
    'api_server.py:1902',
    `non-default args: ${inspect(shown(options.said), { breakLength: Infinity })}`,
  )
  const problem = templateProblem(options.chatTemplate)
  if (problem !== undefined) await fail('vllm/entrypoints/chat_utils.py", line 1180', problem)
  // vLLM binds here without listening, which Node cannot: who listens already is found, nobody is kept out
  const claim = createServer()
  if (!(await listens(claim, options))) await fail(BIND, IN_USE)
  await new Promise((resolve) => claim.close(resolve))

  engine = startEngine(options, faults)
  const state = await engine.ready()
  if (isStopping) return
  if (state !== 'ready') {
    await fail(
      'vllm/v1/engine/core_client.py", line 560',
      `RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': ${state}}`,
    )
  }
  if (options.loras.length > 0 && !options.isLoraEnabled) {
    await fail(
      'vllm/v1/worker/lora_model_runner_mixin.py", line 120',
      'RuntimeError: LoRA is not enabled. Use --enable-lora to enable LoRA.',
    )
  }
  engine.death.addEventListener('abort', () => {
    if (isStopping) return
    log('ERROR', 'core_client.py:730', 'Engine core proc EngineCore died unexpectedly.')
    setTimeout(() => process.exit(0), faults.watchdogMs ?? 5000)
  })

  log('INFO', 'api_server.py:218', `Starting vLLM server on http://${options.host}:${options.port}`)
  const http = createHttp({ options, faults, engine })
  if (!(await listens(http, options))) await fail(BIND, IN_USE)
  server = http
  uvicornLog(`Started server process [${process.pid}]`)
  uvicornLog('Application startup complete.')
}

const BIND = 'vllm/entrypoints/launcher.py", line 207'
const IN_USE = 'OSError: [Errno 98] Address already in use'

async function listens(server: Server, { host, port }: VllmOptions): Promise<boolean> {
  server.listen(port, host)
  return once(server, 'listening').then(
    () => true,
    () => false,
  )
}

/** vLLM does not show keys either. */
function shown({ 'api-key': key, ...said }: Readonly<Record<string, unknown>>): object {
  return key === undefined ? said : { ...said, 'api-key': '***' }
}

/** A template is one itself if it has braces, else the path of one. */
function templateProblem(template: string | undefined): string | undefined {
  if (template === undefined || /[{}\n]/.test(template)) return undefined
  try {
    readFileSync(template)
    return undefined
  } catch (error) {
    return `ValueError: The supplied chat template (${template}) looks like a file path, but it failed to be opened. Reason: ${(error as Error).message}`
  }
}
