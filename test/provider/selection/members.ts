import { createModel } from '../../../src/model/create-model.ts'
import type { ModelImplementation } from '../../../src/model/implementation.ts'
import type { Capabilities } from '../../../src/model/model.ts'
import type { Usage } from '../../../src/model/response.ts'
import { defineProvider } from '../../../src/provider/define-provider.ts'
import { type HealthOptions, healthSchema } from '../../../src/provider/health/options.ts'
import { checked } from '../../../src/model/checked.ts'
import { createMember, type Member } from '../../../src/provider/members/member.ts'

interface Made extends Partial<Pick<ModelImplementation, 'generate' | 'stream'>> {
  readonly provider?: string
  /** US dollars of a call, or how a usage makes them. @default unknown */
  readonly price?: number | ((usage: Usage) => number)
  readonly isLocal?: boolean
  readonly capabilities?: Capabilities
  /** Whether the model itself says that it costs nothing. */
  readonly isFree?: boolean
  readonly watched?: HealthOptions
  readonly now?: () => number
  /** Runs before the model is there. */
  readonly onSetup?: () => void
}

/** A member whose model is a real one, of a provider of its own. */
export async function memberOf(name: string, made: Made = {}): Promise<Member> {
  const { provider: providerName = 'acme', price, isLocal = false, capabilities = {} } = made
  const {
    watched = {},
    now,
    isFree,
    onSetup,
    generate = async () => ({ text: name }),
    stream,
  } = made
  const provider = defineProvider({
    name: providerName,
    setup() {
      onSetup?.()
      return createModel({
        provider: providerName,
        name,
        generate,
        ...(stream && { stream }),
        ...(isFree && { price: 'free' }),
      })
    },
  })
  const member = createMember(
    {
      name,
      spec: `${providerName}/${name}`,
      provider,
      about: async () => ({
        capabilities,
        isLocal,
        price: typeof price === 'function' ? price : () => price ?? null,
      }),
      setup: () => provider.setup(name),
    },
    { health: checked('health', healthSchema, watched), onError: () => {}, ...(now && { now }) },
  )
  await member.learn()
  return member
}

/** Has a member answer that many calls, so that its metrics know it. */
export async function asked(member: Member, calls = 1): Promise<Member> {
  const model = await member.setup()
  for (let call = 0; call < calls; call++) await model.generate('again').catch(() => {})
  return member
}

/** What a model says that takes so long, and gives so many tokens, at each of its calls in turn. */
export function scriptedSpeed(
  ...calls: readonly { readonly latencyMs: number; readonly tokens?: number }[]
): () => Promise<{ text: string; latencyMs: number; usage: Usage | null }> {
  let next = 0
  return async () => {
    const { latencyMs, tokens } = calls[next++ % calls.length]!
    return {
      text: 'done',
      latencyMs,
      usage: tokens === undefined ? null : { inputTokens: 1, outputTokens: tokens },
    }
  }
}
