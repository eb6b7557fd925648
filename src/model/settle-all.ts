/** Waits for all, and returns what those that failed rejected with. */
export async function failuresOf(all: Iterable<Promise<unknown>>): Promise<readonly Error[]> {
  const ends = await Promise.allSettled(all)
  return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []))
}

/** @throws AggregateError with all of some errors, if there is one */
export function throwAll(errors: readonly Error[]): void {
  if (errors.length === 0) return
  throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'))
}
