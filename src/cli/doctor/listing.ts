import { AssayError, type ErrorKind, messageOf } from '../../model/error.ts'
import { byNearness } from '../../model/nearest.ts'
import type { ListedModel } from '../../provider/provider.ts'
import { prefixOf } from '../../provider/keys.ts'
import { withAdvice } from './advice.ts'
import type { CheckResult } from './report.ts'
import type { Room, Subject } from './subject.ts'
import { GRACE, within } from './within.ts'

/** A server may have no list, or keep it from this key, and answer all the same. */
const harmless: ReadonlySet<ErrorKind> = new Set([
  'not_found',
  'forbidden',
  'invalid_request',
  'parse',
])
const NOT_IMPLEMENTED = 501

/** Whether the server lists its models, and this one among them. */
export async function listingCheck(subject: Subject, room: Room): Promise<CheckResult> {
  const { provider, rehearsal, modelName, explained } = subject
  if (rehearsal.need) return listing('skipped', 'the server is started for this model')
  if (!provider.listModels) return listing('skipped', 'this provider lists no models')
  try {
    const signal = AbortSignal.timeout(room.timeout + GRACE)
    const asked = provider.listModels(explained?.options ?? {}, { signal })
    const models = await within('The list of models', room, asked)
    const count = models.length === 1 ? '1 model' : `${models.length} models`
    const { id } = explained?.options ?? {}
    const wanted = [modelName, ...(typeof id === 'string' ? [id] : [])]
    // a server that is asked at set-up may have it under other names, and is seen to have it
    if (rehearsal.asksAtSetup || models.some((one) => isOne(one, wanted))) {
      return listing('passed', rehearsal.asksAtSetup ? count : `one of ${count}`)
    }
    const ids = models.map((one) => one.id)
    const near = byNearness(wanted.at(-1)!, ids).slice(0, 3).join(', ')
    return listing('warning', `not among ${count}${near && `; nearest: ${near}`}`)
  } catch (error) {
    return failure(error, subject, room)
  }
}

function isOne({ id, name = id }: ListedModel, wanted: readonly string[]): boolean {
  return wanted.some((one) => [name, id].includes(one) || id === `${one}:latest`)
}

function failure(error: unknown, subject: Subject, room: Room): CheckResult {
  const message = messageOf(error)
  if (!AssayError.is(error)) return listing('failed', message)
  const { kind, status } = error
  if (kind === 'config') return listing('skipped', message)
  if (!harmless.has(kind) && status !== NOT_IMPLEMENTED) {
    return listing('failed', withAdvice(error, subject, room))
  }
  const variable = `${prefixOf(subject.provider.name).toUpperCase()}_MODELS`
  const remedy = kind === 'not_found' ? ` They can be listed statically, in ${variable}.` : ''
  return listing('warning', message + remedy)
}

function listing(status: CheckResult['status'], message: string): CheckResult {
  return { name: 'listing', status, message }
}
