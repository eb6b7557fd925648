/** What a server lets through. What is not given is not limited. */
export interface Limit {
  /** Requests per second, let through by a token bucket. */
  readonly rate?: number
  /** What the bucket holds, and what it starts with. @default 1 */
  readonly burst?: number
  /** Requests in work at once. */
  readonly concurrency?: number
  /** Whether each key has the limit for itself. @default false */
  readonly perKey?: boolean
}

/** How a limit stands, as the headers of a response report it. */
export interface Budget {
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until the next request is let through. */
  readonly nextMs: number
  /** Milliseconds until everything is there again. */
  readonly resetMs: number
}

export interface Admission {
  readonly admitted: boolean
  readonly budget: Budget
  /** Says that the request is no longer in work. */
  readonly release: () => void
}

export interface Limiter {
  readonly admit: (key: string) => Admission
  /** Changes the limit of all keys without one of their own, or of one key. What is in the bucket stays. */
  readonly setLimit: (limit: Limit, key?: string) => void
}

interface Gate {
  limit: Limit
  tokens: number
  filledAt: number
  inWork: number
}

/** What a server without a limit reports. */
export const UNLIMITED: Budget = { limit: 1_000_000, remaining: 1_000_000, nextMs: 0, resetMs: 0 }

export function createLimiter(
  common: Limit,
  own: Readonly<Record<string, Limit>>,
  now: () => number = () => performance.now(),
): Limiter {
  let ofAll = common
  const ofKeys = new Map(Object.entries(own))
  const gates = new Map<string, Gate>()

  function gateOf(key: string): Gate {
    const limit = ofKeys.get(key) ?? ofAll
    const name = ofKeys.has(key) || limit.perKey ? `key ${key}` : 'all'
    const gate = gates.get(name) ?? { limit, tokens: limit.burst ?? 1, filledAt: now(), inWork: 0 }
    gates.set(name, gate)
    gate.limit = limit
    return gate
  }

  function fill(gate: Gate): void {
    const { rate = 0, burst = 1 } = gate.limit
    const at = now()
    gate.tokens = Math.min(burst, gate.tokens + ((at - gate.filledAt) / 1000) * rate)
    gate.filledAt = at
  }

  return {
    admit(key) {
      const gate = gateOf(key)
      fill(gate)
      const { rate, concurrency = Number.POSITIVE_INFINITY } = gate.limit
      const admitted = gate.inWork < concurrency && (rate === undefined || gate.tokens >= 1)
      if (admitted) {
        gate.inWork++
        if (rate !== undefined) gate.tokens--
      }
      return {
        admitted,
        budget: budgetOf(gate),
        release() {
          if (admitted) gate.inWork--
        },
      }
    },
    setLimit(limit, key) {
      for (const gate of gates.values()) fill(gate) // until now at the old rate
      if (key === undefined) ofAll = limit
      else ofKeys.set(key, limit)
    },
  }
}

function budgetOf({ limit: { rate, burst = 1 }, tokens }: Gate): Budget {
  if (rate === undefined) return UNLIMITED
  return {
    limit: burst,
    remaining: Math.floor(tokens),
    nextMs: (Math.max(0, 1 - tokens) / rate) * 1000,
    resetMs: ((burst - tokens) / rate) * 1000,
  }
}
