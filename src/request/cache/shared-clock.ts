import type { PausableClock } from '../../model/call.ts'

/** One clock that pauses those of all who wait for the same request. */
export interface SharedClock extends PausableClock {
  /** Adds a clock, until the returned function is called. */
  add(clock: PausableClock | undefined): () => void
}

interface Member {
  readonly clock: PausableClock
  resume: ((chargedMs: number) => void) | undefined
  /** Whether it came when the pause had begun: what the pause charges was not its own time. */
  late: boolean
}

export function shareClock(): SharedClock {
  const members = new Set<Member>()
  let pauses = 0
  return {
    add(clock) {
      if (!clock) return () => {}
      const member: Member = {
        clock,
        resume: pauses > 0 ? clock.pause() : undefined,
        late: pauses > 0,
      }
      members.add(member)
      return () => {
        members.delete(member)
        resume(member, 0)
      }
    },
    /** As long as one of them has time, the others may leave. */
    get remainingMs() {
      const clocks = [...members].map(({ clock }) => clock.remainingMs)
      return clocks.length > 0 ? Math.max(...clocks) : Number.POSITIVE_INFINITY
    },
    pause() {
      if (pauses++ === 0) for (const member of members) pauseMember(member)
      return (chargedMs) => {
        if (--pauses === 0) for (const member of members) resume(member, chargedMs)
      }
    },
  }
}

function pauseMember(member: Member): void {
  member.resume = member.clock.pause()
  member.late = false
}

function resume(member: Member, chargedMs: number): void {
  member.resume?.(member.late ? 0 : chargedMs)
  member.resume = undefined
}
