/** A body that is read once and handed to any number of readers, each from its start. */
export interface SharedBody {
  /** Settles when the body has come in, or rejects with what broke it off. */
  readonly ended: Promise<void>
  /** Calls back with all of it: at once when it is complete, later when it still comes in. */
  whenComplete(callback: (bytes: Uint8Array) => void): void
  /** The chunk at a place, when it has come; `undefined` at the end. */
  chunk(place: number): Promise<Uint8Array | undefined>
}

export function shareBody(source: ReadableStream<Uint8Array> | null): SharedBody {
  const chunks: Uint8Array[] = []
  const progress: { state: 'open' | 'complete' | 'broken' } = { state: 'open' }
  let news = Promise.withResolvers<void>()

  async function receive(): Promise<void> {
    try {
      for await (const chunk of source ?? []) {
        chunks.push(chunk)
        news.resolve()
        news = Promise.withResolvers()
      }
      progress.state = 'complete'
    } catch (error) {
      progress.state = 'broken'
      throw error
    } finally {
      news.resolve()
    }
  }

  const ended = receive()
  ended.catch(() => {}) // each reader gets it
  return {
    ended,
    whenComplete(callback) {
      const call = () => callback(Buffer.concat(chunks))
      if (progress.state === 'complete') call()
      else ended.then(call, () => {}) // a part is nothing
    },
    async chunk(place) {
      while (place >= chunks.length && progress.state === 'open') await news.promise
      if (place >= chunks.length) await ended
      return chunks[place]
    },
  }
}

export interface ReaderOptions {
  /** The reader's own: it errors this reader's stream and no other. */
  readonly signal?: AbortSignal | null | undefined
  /** Called when the reader goes before the end, with its reason. */
  readonly onLeave: (reason: unknown) => void
}

/** A stream of the whole body, for one reader. */
export function readShared(
  body: SharedBody,
  { signal, onLeave }: ReaderOptions,
): ReadableStream<Uint8Array> {
  let place = 0
  let abort = () => {}
  const stopListening = () => signal?.removeEventListener('abort', abort)
  const leave = (reason: unknown) => {
    stopListening()
    onLeave(reason)
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        abort = () => {
          controller.error(signal?.reason)
          leave(signal?.reason)
        }
        if (signal?.aborted) abort()
        else signal?.addEventListener('abort', abort)
      },
      async pull(controller) {
        const chunk = await body.chunk(place++)
        if (signal?.aborted) return
        // a copy: who reads it may do with it what it likes
        if (chunk) return controller.enqueue(chunk.slice())
        stopListening()
        controller.close()
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}
