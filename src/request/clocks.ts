import { currentCall } from '../model/call.ts'
import type { PausableClock } from '../model/clock.ts'
import { exchangeOf } from './exchange.ts'
import type { RequestOptions } from './pipe.ts'

/** The clocks that run on a request: its own, and its row's. */
export function clocksOf(init: RequestOptions): readonly PausableClock[] {
  const rowClock = currentCall.getStore()?.clock
  const { clock } = exchangeOf(init)
  return rowClock ? [clock, rowClock] : [clock]
}

/** Stops clocks, until the returned function is called with the milliseconds that count all the same. */
export function pauseAll(clocks: readonly PausableClock[]): (chargedMs: number) => void {
  const resume = clocks.map((clock) => clock.pause())
  return (chargedMs) => {
    for (const run of resume) run(chargedMs)
  }
}
