import type { ServerResponse } from 'node:http'
import type { Answer } from './compose.ts'
import type { ChaosRequest } from './ledger.ts'

/** A request while it is being answered. */
export interface Entry {
  readonly request: Draft
  /** Says what is about to be sent. */
  readonly answers: (answer: Answer) => void
  /** Says that the connection is about to be closed on purpose. */
  readonly breaks: () => void
}

export type Draft = { -readonly [Field in keyof ChaosRequest]: ChaosRequest[Field] }

type Facts = Omit<ChaosRequest, 'attempt' | 'closedAt' | 'status' | 'fault' | 'outcome' | 'closed'>

/** Writes down what becomes of a request until its response has been sent or its connection has closed. */
export function openEntry(
  facts: Facts,
  response: ServerResponse,
  isDisposed: () => boolean,
): Entry {
  const closed = Promise.withResolvers<void>()
  const request: Draft = {
    ...facts,
    attempt: 0,
    closedAt: undefined,
    status: 0,
    fault: undefined,
    outcome: 'open',
    closed: closed.promise,
  }
  let isUsable = false
  let isBroken = false
  let isSent = false
  response.once('finish', () => {
    isSent = true
  })
  response.once('close', () => {
    request.closedAt = performance.now()
    if (isSent) request.outcome = isUsable ? 'delivered' : 'answered'
    else request.outcome = isBroken || isDisposed() ? 'broken' : 'aborted'
    closed.resolve()
  })
  return {
    request,
    answers(answer) {
      isUsable = answer.isUsable
      request.status = answer.status
    },
    breaks() {
      isBroken = true
    },
  }
}
