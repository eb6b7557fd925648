import * as v from 'valibot'
import type { ToolCall } from '../../src/model/message.ts'

const text = v.fallback(v.nullish(v.string()), null)

/** A call, or a piece of one in a stream. What describes it may be missing or odd; servers differ. */
export const toolCall: v.GenericSchema<unknown, ToolCallPiece> = v.object({
  index: v.fallback(v.nullish(v.number()), null),
  id: text,
  function: v.nullish(
    v.object({
      name: text,
      // some servers give the arguments as they are, and not as a text
      arguments: v.nullish(v.union([v.string(), v.record(v.string(), v.unknown())])),
    }),
  ),
})

export interface ToolCallPiece {
  readonly index?: number | null | undefined
  readonly id?: string | null | undefined
  readonly function?:
    | {
        readonly name?: string | null | undefined
        readonly arguments?: string | Record<string, unknown> | null | undefined
      }
    | null
    | undefined
}

/** Puts calls together that come in pieces. */
export interface ToolCallCollector {
  add(pieces: readonly ToolCallPiece[]): void
  /** In the order in which they began. */
  readonly calls: readonly ToolCall[]
}

export function createToolCallCollector(): ToolCallCollector {
  const begun: { place: number | null; id: string; name: string; arguments: string }[] = []

  function callOf({ index = null, id }: ToolCallPiece) {
    const last = index === null ? begun.at(-1) : begun.findLast(({ place }) => place === index)
    // some servers count every call as the first: another id is another call
    if (last && (!id || !last.id || id === last.id)) return last
    const call = { place: index, id: '', name: '', arguments: '' }
    begun.push(call)
    return call
  }

  return {
    add(pieces) {
      for (const piece of pieces) {
        const call = callOf(piece)
        const { name, arguments: given } = piece.function ?? {}
        if (piece.id) call.id = piece.id
        if (name) call.name = name // some repeat it with every piece
        call.arguments += typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
      }
    },
    get calls() {
      return begun
        .filter(({ name }) => name !== '')
        .map(({ id, name, arguments: json }) => ({ id, name, arguments: json }))
    },
  }
}
