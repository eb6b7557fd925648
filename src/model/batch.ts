import { AssayError } from './error.ts'
import type { BatchOptions, BatchResult, Model, ModelInput, StreamBatchOptions } from './model.ts'
import type { ModelResponse } from './response.ts'

export async function batch(
  model: Model,
  inputs: readonly ModelInput[],
  options: BatchOptions = {},
): Promise<PromiseSettledResult<ModelResponse>[]> {
  const results: PromiseSettledResult<ModelResponse>[] = []
  for await (const { result } of streamBatch(model, inputs, { ...options, order: 'input' })) {
    results.push(result)
  }
  return results
}

/**
 * Keeps `concurrency` calls in flight and yields their results. With order `'input'` a slow call holds
 * back the results behind it, but not the start of new calls.
 */
export async function* streamBatch(
  model: Model,
  inputs: readonly ModelInput[],
  { concurrency = 10, order = 'input', ...options }: StreamBatchOptions = {},
): AsyncGenerator<BatchResult, void, void> {
  if (!(concurrency >= 1)) {
    const message = `Expected \`concurrency\` to be at least 1, got ${concurrency}.`
    throw new AssayError(message, { kind: 'config' })
  }
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const completed: BatchResult[] = []
  let wake = () => {}
  let started = 0
  let inFlight = 0

  function fill(): void {
    while (inFlight < concurrency && started < inputs.length) {
      const index = started++
      inFlight++
      const settled = (result: PromiseSettledResult<ModelResponse>) => {
        inFlight--
        completed.push({ index, result })
        if (!stop.signal.aborted) fill()
        wake()
      }
      model.generate(inputs[index]!, { ...options, signal }).then(
        (value) => settled({ status: 'fulfilled', value }),
        (reason: unknown) => settled({ status: 'rejected', reason }),
      )
    }
  }

  try {
    fill()
    for (let yielded = 0; yielded < inputs.length; yielded++) {
      let next = take(completed, order, yielded)
      while (!next) {
        await new Promise<void>((resolve) => (wake = resolve))
        next = take(completed, order, yielded)
      }
      yield next
    }
  } finally {
    stop.abort()
  }
}

function take(
  completed: BatchResult[],
  order: 'input' | 'completion',
  expected: number,
): BatchResult | undefined {
  const at = order === 'input' ? completed.findIndex(({ index }) => index === expected) : 0
  return at < 0 ? undefined : completed.splice(at, 1)[0]
}
