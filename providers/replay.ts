import { join } from 'node:path'
import * as v from 'valibot'
import { currentCall } from '../src/model/call.ts'
import { createModel } from '../src/model/create-model.ts'
import { AssayError } from '../src/model/error.ts'
import type { Generated } from '../src/model/implementation.ts'
import type { Message } from '../src/model/message.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { modelsIn, ofModel } from './replay/choose-model.ts'
import { createLibrary, inputText, type Library } from './replay/library.ts'
import { differenceOf } from './replay/nearest.ts'
import { readRecordings } from './replay/read.ts'
import type { Located } from './replay/recording.ts'

export interface ReplayOptions {
  /**
   * A run's folder, `.assay/runs/<id>`, one of its journals, or a file of responses, `{ input, text, … }`, as JSON
   * Lines or as a list of JSON. A relative path starts at the folder of the eval file.
   */
  readonly from: string
  /** The spec of the recorded model. @default the name in the spec where that is one, else the only one */
  readonly model?: string | undefined
}

const text = v.pipe(v.string(), v.nonEmpty())

declare module 'vitest-assay' {
  interface ProviderOptions {
    replay: ReplayOptions
  }
}

/** Recorded responses in place of a model: `replay/any-name`, or `replay/openai/gpt-5-mini` of a run. */
const provider: ModelProvider = defineProvider({
  name: 'replay',
  isLocal: true,
  options: v.strictObject({ from: text, model: v.optional(text) }),
  identify: (name, baseDir) => join(baseDir, name), // `from` starts there
  async setup(name, { from, model }: ReplayOptions, { baseDir }) {
    const recordings = await readRecordings(from, baseDir)
    const library = createLibrary(ofModel(recordings, { model, name, from }))
    return createModel({
      provider: 'replay',
      name,
      price: 'free',
      async generate(messages) {
        const trial = currentCall.getStore()?.trial ?? 0
        const found = library.find(messages, trial)
        if (found) return toGenerated(found)
        throw missing(problemOf(library, { messages, trial, from }))
      },
      async health() {}, // the files were read, and there is nothing else that could fail
    })
  },
  async listModels({ from }: ReplayOptions, { baseDir }) {
    return modelsIn(await readRecordings(from, baseDir)).map((id) => ({ id }))
  },
})

export default provider

function toGenerated({ where, raw, ...recorded }: Located): Generated {
  const { text: said, finishReason = 'stop', blocked = null, toolCalls = [] } = recorded
  if (finishReason === 'tool_calls' && toolCalls.length === 0) {
    throw missing(
      `the response at ${where} asked for calls of tools, which a journal does not keep; ` +
        'put it into a file of responses, with `toolCalls`.',
    )
  }
  const { usage = null, servedBy } = recorded
  return { text: said, finishReason, blocked, toolCalls, usage, ...(servedBy && { servedBy }), raw }
}

interface Asked {
  readonly messages: readonly Message[]
  readonly trial: number
  readonly from: string
}

function problemOf(library: Library<Located>, { messages, trial, from }: Asked): string {
  const trials = library.trialsOf(messages)
  if (trials.length > 0) {
    const there = trials.length === 1 ? `trial ${trials[0]}` : `trials ${trials.join(', ')}`
    return `${from} has this input for ${there}, and not for trial ${trial} (the first is 0).`
  }
  const { inputs } = library
  const { at, recorded, asked } = differenceOf(inputText(messages), inputs)
  const count = inputs.length === 1 ? '1 input is' : `${inputs.length} inputs are`
  return (
    `${from} has no response to this input; ${count} recorded. The nearest differs after ${at} characters: ` +
    `recorded is ${recorded}, asked is ${asked}.`
  )
}

function missing(problem: string): AssayError {
  return new AssayError(`replay: ${problem}`, { kind: 'not_found', provider: 'replay' })
}
