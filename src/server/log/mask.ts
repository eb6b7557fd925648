import type { Secret } from '../../model/secret.ts'

export interface MaskOptions {
  readonly secrets?: readonly (Secret | null)[]
  /** Arguments; what follows a flag that is named like a secret is one. */
  readonly args?: readonly string[]
  /** Values of variables that are named like a secret are secrets too. */
  readonly envs: readonly Readonly<Record<string, string | null | undefined>>[]
}

const secretName = /(?:^|[-_])(?:key|token|secret|password)$/i
/** A shorter value is no secret, and would be found in every second word. */
const SHORTEST = 8

/** Returns a function that puts `***` for each secret in a text. */
export function createMask({
  secrets = [],
  args = [],
  envs,
}: MaskOptions): (text: string) => string {
  const ofEnvs = envs
    .flatMap((env) => Object.entries(env))
    .filter(([name]) => secretName.test(name))
    .map(([, value]) => value ?? '')
  const ofArgs = args.map((_, index) => secretAt(args, index) ?? '')
  const guessed = [...ofEnvs, ...ofArgs].filter(({ length }) => length >= SHORTEST)
  const values = [...secrets.flatMap((secret) => secret?.reveal() || []), ...guessed]
  const spellings = new Set(values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]))
  // the longest first: one secret may be the beginning of another
  const ordered = [...spellings].toSorted((a, b) => b.length - a.length)
  return (text) => ordered.reduce((masked, value) => masked.replaceAll(value, '***'), text)
}

/** The arguments with `***` for each secret, however short. */
export function maskArguments(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const secret = secretAt(args, index)
    return secret === undefined ? arg : `${arg.slice(0, arg.length - secret.length)}***`
  })
}

/** The secret in one argument, as `a` in `--api-key=a`, or the whole of it after `--api-key`. */
function secretAt(args: readonly string[], index: number): string | undefined {
  const arg = args[index]!
  const [, flag, value] = /^(-[^=]*)=([^]*)$/.exec(arg) ?? []
  if (flag !== undefined) return secretName.test(flag) ? value : undefined
  const before = args[index - 1] ?? ''
  const isValue = before.startsWith('-') && !arg.startsWith('-')
  return isValue && secretName.test(before) ? arg : undefined
}
