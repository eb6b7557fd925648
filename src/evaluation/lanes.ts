/**
 * Runs `work` on each unit, at most `concurrency` at once, and pulls no unit before a lane is free for it.
 * Resolves when all are done or, at once, when `signal` aborts; what is in flight then must hear the signal
 * itself. Rejects with the first error of the source or of `work`, after the work in flight has settled.
 */
export async function runLanes<Unit>(
  units: AsyncIterator<Unit>,
  { concurrency, signal }: { concurrency: number; signal: AbortSignal },
  work: (unit: Unit) => Promise<void>,
): Promise<void> {
  const lanes: Promise<void>[] = []
  let failure: { error: unknown } | undefined
  let ended = false
  let pulling: Promise<unknown> = Promise.resolve()

  function fail(error: unknown): void {
    failure ??= { error }
    ended = true
  }

  async function pull(): Promise<IteratorResult<Unit> | undefined> {
    if (ended || signal.aborted) return undefined
    try {
      return await units.next()
    } catch (error) {
      fail(error)
      return undefined
    }
  }

  /** A lane opens the next one when it has got a unit, so that few units need few lanes. */
  function openLane(): void {
    if (lanes.length < concurrency) lanes.push(lane().catch(fail))
  }

  async function lane(): Promise<void> {
    for (;;) {
      const next = pulling.then(pull) // one pull at a time: a plain iterator is not asked twice at once
      pulling = next
      const step = await next
      if (!step || step.done || signal.aborted) {
        ended = true
        return
      }
      openLane()
      await work(step.value)
    }
  }

  async function allLanes(): Promise<void> {
    openLane()
    for (let i = 0; i < lanes.length; i++) await lanes[i]
  }

  try {
    await (signal.aborted ? undefined : Promise.race([allLanes(), aborted(signal)]))
  } finally {
    ended = true
    // a source that waits for something does not hold up the end of the run
    units.return?.()?.catch(() => {})
  }
  if (failure) throw failure.error
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
