import { inject } from 'vitest'
import { brokerAt } from '../broker/client.ts'
import type { CallRecord } from './record.ts'
import type { RunSettings } from './settings.ts'

/** Takes a call from the run's budget, if it has one: every call, in a row or beside them. */
export function spend({ model, usage, costUsd, cached, error }: CallRecord): void {
  if (cached || error) return
  const settings = inject('assay') as RunSettings | undefined
  if (!settings?.hasBudget) return
  brokerAt(settings.broker).spend({
    model,
    usd: costUsd,
    tokens: usage && usage.inputTokens + usage.outputTokens,
  })
}
