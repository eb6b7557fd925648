import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { homeOfProgram } from '../fake-program.ts'
import { readFaults, type VllmFaults } from './faults.ts'
import { holdMemory, usedMemory, visibleGpus } from './gpu.ts'
import { createLog, progress, traceback } from './log.ts'

/** What the API server tells its engine. */
export interface EngineOrder {
  readonly model: string
  readonly tensorParallel: number
  readonly pipelineParallel: number
  readonly gpuMemoryUtilization: number
  /** Bytes; `null` where the utilization decides. */
  readonly kvCacheMemory: number | null
}

/** What the engine tells the API server, and the API server the engine. */
export type EngineMessage = 'ready' | 'die'

const ROLE = 'EngineCore'
const log = createLog(ROLE)
const GIB = 2 ** 30
const WEIGHTS_GIB = 1.2

/**
 * The process that holds the model. It does not notice that its API server has died: killed with SIGKILL, that
 * leaves it and its GPU memory behind.
 */
export async function runEngine(order: EngineOrder): Promise<void> {
  const faults = readFaults()
  process.title = `VLLM::${ROLE}`
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      if (faults.engineIgnoreTerm) return
      log('INFO', 'core.py:1329', `[shutdown] EngineCore: trigger received signal=${signal}`)
      process.exit(0)
    })
  }
  process.on('message', (message: EngineMessage) => {
    if (message === 'die') process.exit(1)
  })
  log('INFO', 'core.py:97', `Initializing a V1 LLM engine (v0.99.0) with model='${order.model}'`)
  takeGpus(order, faults)
  startWorkers(order, faults)
  await load(order.model, faults)
  process.send!('ready' satisfies EngineMessage)
}

function takeGpus(order: EngineOrder, { gpuDir, gpuTotal = 24 }: VllmFaults): void {
  if (gpuDir === undefined) return
  const { gpuMemoryUtilization: share, kvCacheMemory } = order
  const gpus = visibleGpus(order.tensorParallel * order.pipelineParallel)
  for (const [device, gpu] of gpus.entries()) {
    const free = gpuTotal - usedMemory(gpuDir, gpu)
    if (free < gpuTotal * share) {
      fail(
        'ValueError: ' +
          `Free memory on device cuda:${device} (${free.toFixed(2)}/${gpuTotal.toFixed(2)} GiB) on startup is less than ` +
          `desired GPU memory utilization (${share}, ${(gpuTotal * share).toFixed(2)} GiB). ` +
          'Decrease GPU memory utilization or reduce GPU memory used by other processes.',
      )
    }
  }
  const gib = kvCacheMemory === null ? gpuTotal * share : WEIGHTS_GIB + kvCacheMemory / GIB
  for (const gpu of gpus) holdMemory(gpuDir, gpu, gib)
}

function startWorkers(order: EngineOrder, { engineScrubEnv }: VllmFaults): void {
  const { tensorParallel, pipelineParallel } = order
  const start = (role: string, text: string, env: NodeJS.ProcessEnv) =>
    spawn(process.execPath, [process.argv[1]!, role, text], {
      env,
      stdio: [role === 'worker' ? 'pipe' : 'ignore', 'inherit', 'inherit'],
    })
  if (engineScrubEnv) start('helper', homeOfProgram() ?? '', {})
  if (tensorParallel * pipelineParallel === 1) return // the engine itself is the worker
  for (let stage = 0; stage < pipelineParallel; stage += 1) {
    for (let rank = 0; rank < tensorParallel; rank += 1) {
      const prefix = pipelineParallel > 1 ? `PP${stage}_` : ''
      start('worker', `Worker_${prefix}TP${rank}`, process.env)
    }
  }
}

async function load(model: string, faults: VllmFaults): Promise<void> {
  const { loadMs = 100, crashAtStage, hangAtStage } = faults
  const stages = [
    `Starting to load model ${model}...`,
    'Loading weights took 0.10 seconds',
    `Model loading took ${WEIGHTS_GIB} GiB memory and 0.20 seconds`,
    'GPU KV cache size: 102,400 tokens',
    'Graph capturing finished in 1 secs, took 0.20 GiB',
  ]
  for (const [stage, line] of stages.entries()) {
    if (hangAtStage === stage) await new Promise(() => {})
    if (crashAtStage === stage) {
      fail('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.')
    }
    await sleep(loadMs / stages.length)
    log('INFO', 'gpu_model_runner.py:5420', line)
    progress(stage + 1, stages.length)
  }
}

function fail(error: string): never {
  log('ERROR', 'core.py:1350', `${ROLE} failed to start.`)
  traceback(ROLE, 'vllm/v1/engine/core.py", line 1340', error)
  process.exit(1)
}
