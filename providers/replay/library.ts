import { canonicalJson } from '../../src/model/canonical-json.ts'
import type { Message } from '../../src/model/message.ts'
import type { ModelInput } from '../../src/model/model.ts'
import type { Recording } from './recording.ts'

/** Recorded responses by input and trial. What is given depends on nothing that was asked before. */
export interface Library<R extends Recording> {
  /** The inputs, each as text. */
  readonly inputs: readonly string[]
  find(input: readonly Message[], trial: number): R | undefined
  /** The trials that an input has responses for. */
  trialsOf(input: readonly Message[]): readonly number[]
}

export function createLibrary<R extends Recording>(recordings: readonly R[]): Library<R> {
  const byInput = new Map<string, R[]>()
  for (const recording of recordings) {
    const key = keyOf(recording.input)
    const known = byInput.get(key)
    if (known) known.push(recording)
    else byInput.set(key, [recording])
  }
  const trials = new Map([...byInput].map(([key, all]) => [key, byTrial(all)]))
  return {
    inputs: [...byInput.values()].map(([first]) => inputText(first!.input)),
    find: (input, trial) => trials.get(keyOf(input))?.get(trial),
    trialsOf: (input) => [...(trials.get(keyOf(input))?.keys() ?? [])].toSorted((a, b) => a - b),
  }
}

/**
 * The first response that says a trial is that trial's. All others, of further calls or of rows with the same
 * input, are those of further trials, in their order.
 */
function byTrial<R extends Recording>(recordings: readonly R[]): ReadonlyMap<number, R> {
  const trials = new Map<number, R>()
  const others: R[] = []
  for (const recording of recordings) {
    const { trial } = recording
    if (trial === undefined || trials.has(trial)) others.push(recording)
    else trials.set(trial, recording)
  }
  const next = Math.max(-1, ...trials.keys()) + 1
  for (const [index, recording] of others.entries()) trials.set(next + index, recording)
  return trials
}

function keyOf(input: ModelInput): string {
  return canonicalJson(messagesOf(input))
}

function messagesOf(input: ModelInput): readonly Message[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : input
}

/** An input as a person reads it: a prompt by itself, or a conversation as JSON. */
export function inputText(input: ModelInput): string {
  const messages = messagesOf(input)
  const [first, ...others] = messages
  const isPrompt = first?.role === 'user' && others.length === 0 && Object.keys(first).length === 2
  return isPrompt ? first.content : canonicalJson(messages)
}
