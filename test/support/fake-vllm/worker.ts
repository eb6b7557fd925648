/** A worker of one GPU: it ends with the engine, whose death closes its stdin. */
export function runWorker(name: string): void {
  process.title = `VLLM::${name}`
  process.stdin.resume().on('end', () => process.exit(0))
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
}

/** A process of a compiler: nothing tells it that the engine is gone. */
export function runHelper(): void {
  process.title = 'VLLM::Helper'
}
