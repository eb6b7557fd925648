import type { ModelImplementation } from '../../../src/model/implementation.ts'
import { isRecord } from '../../../src/request/is-record.ts'
import type { Life } from '../life.ts'
import type { Subject } from '../subject.ts'

/** What a style of objects works with. */
export interface StyleContext {
  readonly subject: Subject
  readonly life: Life
  /** What each call says beside its own settings. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** Asks an object by the methods of one style; `undefined` for one that has them not. */
export type Style = (
  object: object,
  context: StyleContext,
) => Pick<ModelImplementation, 'generate' | 'stream'> | undefined

/** What an answer says of its failure, for people. */
export function errorText(error: unknown): string {
  const text = isRecord(error) ? error['message'] : error
  return typeof text === 'string' && text !== '' ? text : 'it failed, and does not say why.'
}
