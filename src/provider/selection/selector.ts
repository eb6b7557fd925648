import { AssayError } from '../../model/error.ts'
import type { ModelMetrics } from '../../model/metrics.ts'
import type { Member } from '../members/member.ts'
import { type Requirements, unmet } from './requirements.ts'
import type { Statistics, Ticket } from './statistics.ts'
import type { Candidate, ExpectedCall, Strategy } from './strategy.ts'

/** A member that was taken, and the way to say what came of it. */
export interface Taken extends Ticket {
  readonly member: Member
}

export interface SelectorOptions {
  /** Who there is now. */
  readonly members: () => readonly Member[]
  readonly strategy: Strategy
  readonly statistics: Statistics
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** Chooses among members. Nobody is asked anything for it. */
export interface Selector {
  /**
   * Takes a member, and counts that at once. @throws AssayError `config` that says of each member why it is not
   * taken, or `server` where some would be, were they well
   */
  take(required: Requirements, expected?: Partial<ExpectedCall>): Taken
}

/** After how long an unhealthy model is tried again, by one call at a time. */
const RETRY_MS = 60_000

/** Tokens of a response of which nothing is known. */
const USUAL_OUTPUT = 500

export function createSelector({
  members,
  strategy,
  statistics,
  now = Date.now,
}: SelectorOptions): Selector {
  function candidateOf(member: Member): Candidate {
    const { name, spec, isLocal, capabilities } = member
    let metrics: ModelMetrics | undefined
    const candidate: Candidate = {
      name,
      spec,
      isLocal,
      capabilities,
      // put together once, and for those alone who read them
      get metrics() {
        return (metrics ??= member.metrics)
      },
      pulls: statistics.of(name),
      cost({ inputTokens, outputTokens = usualOutput(candidate) }) {
        return member.price({ inputTokens, outputTokens })
      },
    }
    return candidate
  }

  /** Why a member is not well enough to be asked; nothing where it is. */
  function illness({ health }: Member, { pulls }: Candidate): string | undefined {
    const { state, issues, lastCheckAt } = health.status()
    if (state !== 'unhealthy') return undefined
    const isOver = lastCheckAt === null || now() - lastCheckAt >= RETRY_MS
    return isOver && pulls.pending === 0 ? undefined : `unhealthy (${issues.join('; ')})`
  }

  return {
    take(required, { inputTokens = 0, outputTokens } = {}) {
      const call: ExpectedCall = {
        inputTokens: required.inputTokens ?? inputTokens,
        outputTokens: required.outputTokens ?? outputTokens,
      }
      const reasons: string[] = []
      const fit = new Map<Candidate, Member>()
      let isIll = false
      for (const member of members()) {
        const candidate = candidateOf(member)
        const unfit = unmet(candidate, required, call) ?? strategy.reject?.(candidate, call)
        const ill = unfit === undefined ? illness(member, candidate) : undefined
        isIll ||= ill !== undefined
        const reason = unfit ?? ill
        if (reason === undefined) fit.set(candidate, member)
        else reasons.push(`${member.name}: ${reason}`)
      }
      if (fit.size === 0) throw noneFits(reasons, isIll)
      const member = fit.get(strategy.choose([...fit.keys()], call))
      if (!member) throw notOffered(strategy)
      return { member, ...statistics.begin(member.name) }
    },
  }
}

/** What the model gave so far, per response. */
function usualOutput({ metrics }: Candidate): number {
  const { outputTokens, succeeded, cached } = metrics
  const answered = succeeded - cached
  return outputTokens && answered > 0 ? outputTokens / answered : USUAL_OUTPUT
}

function notOffered({ name }: Strategy): AssayError {
  return new AssayError(
    `The strategy "${name}" chose none of the candidates that it was given; \`choose\` returns one of them.`,
    { kind: 'config', attempts: 0 },
  )
}

function noneFits(reasons: readonly string[], isIll: boolean): AssayError {
  const all = reasons.length > 0 ? `: ${reasons.join('; ')}` : ', since there is none'
  const kind = isIll ? 'server' : 'config'
  return new AssayError(`No model can be selected${all}.`, { kind, attempts: 0 })
}
