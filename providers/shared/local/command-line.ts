import { AssayError } from '../../../src/model/error.ts'
import type { ProgramOptions } from './options.ts'

/** A flag with its value; nothing where there is none. */
export function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)]
}

/** What to do in place of a flag that is not for users. */
export type OwnFlags = ReadonlyMap<string, string>

/**
 * The user's own arguments. @throws AssayError where they set what a server cannot be told from others without
 */
export function furtherArgs(
  provider: string,
  { args = [] }: ProgramOptions,
  own: OwnFlags,
): string[] {
  const words = args.map(String)
  for (const word of words) {
    const [written = ''] = word.split('=')
    const name = written.startsWith('--') ? written.replaceAll('_', '-') : written
    const instead = own.get(name) ?? abbreviated(name, own)
    if (instead === undefined) continue
    throw new AssayError(
      `${provider}: \`args\`: \`${written}\` is not for you to give: ${instead}.`,
      {
        kind: 'config',
        provider,
      },
    )
  }
  return words
}

/** Python's argparse takes the beginning of a long flag for the whole. */
function abbreviated(name: string, own: OwnFlags): string | undefined {
  if (!/^--./.test(name)) return undefined
  return [...own].find(([flagName]) => flagName.startsWith(name))?.[1]
}

/** What stands in errors for flags that most servers have. */
export const instead = {
  model: 'the model is what the spec names',
  host: 'a server listens on 127.0.0.1 and nowhere else',
  port: 'use the option `port`',
  name: 'a start is known by the name that it serves; use the option `id` to choose it',
  key: 'each server gets a key of its own',
  token: 'other programs can read arguments; set HF_TOKEN in the environment',
} as const
