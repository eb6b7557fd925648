import type { Vitest } from 'vitest/node'

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Lets an interrupted run end in order: rows stop, fixtures are torn down, the report of what ran is written.
 * Vitest's own listener would exit within a millisecond. A second signal exits at once.
 */
export function endInOrder(vitest: Vitest): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const own = process.listeners(signal).filter((listener) => listener.name === 'onExit')
    if (own.length === 0) continue // a Vitest with another way to exit: leave it alone
    for (const listener of own) process.off(signal, listener)
    let signals = 0
    process.on(signal, () => {
      if (signals++ > 0) process.exit(exitCodes[signal])
      process.on('exit', () => (process.exitCode = exitCodes[signal]))
      void vitest
        .cancelCurrentRun('keyboard-input')
        .catch(() => {})
        .then(() => vitest.exit(true))
    })
  }
}
