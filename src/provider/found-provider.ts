/**
 * A provider that is not built in, as the main process found it without loading it: one of another package, or of
 * a file. Plain data, for the workers.
 */
export type FoundProvider = (
  | {
      /** URL of its module. */
      readonly url: string
    }
  | {
      /** Why it has none that can be loaded. */
      readonly problem: string
    }
) & {
  /** As its package calls it; `null` where only its module knows. */
  readonly name: string | null
  /** Who brings it, for people: `the package acme-provider`, or a file as it was listed. */
  readonly origin: string
  /** Whether the project itself lists it. */
  readonly listed: boolean
}
