import * as v from 'valibot'
import { createModel } from '../src/model/create-model.ts'
import type { Generated } from '../src/model/implementation.ts'
import { AssayError } from '../src/model/error.ts'
import { defineProvider } from '../src/provider/define-provider.ts'
import type { ConfiguredModel, ModelFunction } from '../src/provider/model-choice.ts'
import type { ModelProvider } from '../src/provider/provider.ts'

/** What a script says to one call; an error is thrown. */
export type ScriptedReply = string | Generated | Error

/** A function of the input, or the replies in the order of the calls. */
export type Script = ModelFunction | readonly ScriptedReply[]

export interface ScriptedOptions {
  readonly script: Script
}

const options = v.strictObject({
  script: v.custom<Script>(
    (value) => typeof value === 'function' || Array.isArray(value),
    'expected a function or a list of replies',
  ),
})

declare module 'vitest-assay' {
  interface ProviderOptions {
    scripted: ScriptedOptions
  }
}

/** Models without a server: a function or a list answers. */
const provider: ModelProvider = defineProvider({
  name: 'scripted',
  isLocal: true,
  options,
  shared: false, // each set-up reads its list from the start
  setup(name, { script }) {
    const reply = typeof script === 'function' ? script : replyFrom(script, name)
    return createModel({
      provider: 'scripted',
      name,
      async generate(messages, { signal }) {
        const input = messages.at(-1)?.content ?? ''
        const replied = await reply(input, { messages, ...(signal && { signal }) })
        if (typeof replied === 'string') return { text: replied, costUsd: 0 }
        if (typeof replied?.text === 'string') return { costUsd: 0, ...replied }
        throw new AssayError(
          `scripted/${name}: expected the script to return a text or { text, … }, got ${typeof replied}.`,
          { kind: 'config', provider: 'scripted' },
        )
      },
    })
  },
})

export default provider

/** A scripted model for `models`: `models: [scripted(['yes', 'no'], 'wavering')]`. */
export function scripted(script: Script, name?: string): ConfiguredModel {
  const fallback = typeof script === 'function' && script.name ? script.name : 'script'
  return { spec: `scripted/${name ?? fallback}`, options: { script } }
}

function replyFrom(replies: readonly ScriptedReply[], name: string): ModelFunction {
  let calls = 0
  return () => {
    const reply = replies[calls++]
    if (reply instanceof Error) throw reply
    if (reply !== undefined) return reply
    throw new AssayError(
      `scripted/${name}: response ${calls} is asked for, but the script has ${replies.length} of them.`,
      { kind: 'config', provider: 'scripted' },
    )
  }
}
