import { messageOf } from '../../../model/error.ts'
import { isModel } from '../../../model/model.ts'
import type { CheckResult } from '../report.ts'
import type { Room, Subject } from '../subject.ts'
import type { Bench, LiveCheck } from './check.ts'
import { abort, key, listModels, metrics, refusal, teardown } from './life.ts'
import { batch, concurrent, generate, streamBatch, usage } from './responses.ts'
import { stream } from './stream.ts'

/** What is demanded of a model that somebody else runs: what `testProvider` demands, as far as it shows there. */
export const liveChecks: readonly LiveCheck[] = [
  generate,
  stream,
  batch,
  streamBatch,
  concurrent,
  usage,
  refusal,
  abort,
  metrics,
  key,
  listModels,
  teardown,
]

/** Sees whether a model keeps the contract, all of it whatever fails. */
export async function* conformanceChecks(
  { provider, explained, rehearsal, setup }: Subject,
  { timeout }: Room,
): AsyncGenerator<CheckResult, void, void> {
  await using handle = await setup()
  if (!isModel(handle.model)) return
  const list = rehearsal.need ? undefined : provider.listModels?.bind(provider)
  const bench: Bench = {
    model: handle.model,
    provider: provider.name,
    keys: rehearsal.keys,
    timeout,
    setup,
    listModels: list && (() => list(explained?.options ?? {})),
  }
  for (const check of liveChecks) yield resultOf(check, bench)
}

async function resultOf({ name, demand, run }: LiveCheck, bench: Bench): Promise<CheckResult> {
  const conformance = `conformance.${name}`
  try {
    const unseen = await run(bench)
    if (!unseen) return { name: conformance, status: 'passed', message: demand }
    if ('all' in unseen) return { name: conformance, status: 'skipped', message: unseen.all }
    return { name: conformance, status: 'warning', message: `as far as it shows: ${unseen.part}` }
  } catch (error) {
    return { name: conformance, status: 'failed', message: messageOf(error) }
  }
}
