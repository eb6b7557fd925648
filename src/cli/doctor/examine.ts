import { AssayError } from '../../model/error.ts'
import { callCheck } from './call.ts'
import { conformanceChecks } from './conformance/checks.ts'
import { connectionCheck, keyCheck, nameCheck, OFFLINE } from './known.ts'
import { listingCheck } from './listing.ts'
import type { CheckResult, ModelReport } from './report.ts'
import { unlessIdle } from './unless-idle.ts'
import { type AskedModel, findSubject, type Room, type Subject } from './subject.ts'

/** Examines a model, one check after the other, until one fails. `tell` gets each as soon as it is done. */
export async function examine(
  asked: AskedModel,
  room: Room,
  tell: (check: CheckResult) => void = () => {},
): Promise<ModelReport> {
  const checks: CheckResult[] = []
  for await (const check of checksOf(asked, room)) {
    checks.push(check)
    tell(check)
    if (check.status === 'failed' && !check.name.startsWith('conformance')) break
  }
  return { spec: asked.spec, checks }
}

async function* checksOf(asked: AskedModel, room: Room): AsyncGenerator<CheckResult, void, void> {
  const subject = await unlessIdle(`The set-up of ${asked.spec}`, findSubject(asked, room)).catch(
    (error: unknown) => {
      if (AssayError.is(error)) return error
      throw error
    },
  )
  if (AssayError.is(subject)) {
    yield { name: 'name', status: 'failed', message: subject.message }
    return
  }
  yield nameCheck(subject, room)
  yield keyCheck(subject, room)
  yield await connectionCheck(subject, room)
  yield* room.offline ? undone(room) : asks(subject, room)
}

async function* asks(subject: Subject, room: Room): AsyncGenerator<CheckResult, void, void> {
  yield await listingCheck(subject, room)
  yield await callCheck(subject, room)
  if (room.conformance) yield* conformanceChecks(subject, room)
}

function* undone({ conformance }: Room): Generator<CheckResult, void, void> {
  const names = ['listing', 'call', ...(conformance ? ['conformance'] : [])]
  for (const name of names) yield { name, status: 'skipped', message: OFFLINE }
}
