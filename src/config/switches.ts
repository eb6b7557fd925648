import { parseArgs } from 'node:util'
import type { RunSwitches } from '../evaluation/settings.ts'
import { AssayError, messageOf } from '../model/error.ts'
import { type CacheMode, cacheModes } from '../request/endpoint.ts'

/** The switches of a run, and how it uses the cache. */
export interface CommandSwitches extends RunSwitches {
  readonly cache?: CacheMode
}

const words = {
  model: { type: 'string', multiple: true },
  limit: { type: 'string' },
  row: { type: 'string', multiple: true },
  tags: { type: 'string' },
  trials: { type: 'string' },
  judge: { type: 'string' },
  fixer: { type: 'string' },
  cache: { type: 'string' },
} as const

type Values = Partial<Record<keyof typeof words, string | readonly string[] | undefined>>

/**
 * Reads the switches of a run: the words after `--`, over `ASSAY_MODEL`, `ASSAY_LIMIT`, `ASSAY_ROW`,
 * `ASSAY_TAGS`, `ASSAY_TRIALS`, `ASSAY_JUDGE_MODEL`, `ASSAY_FIXER_MODEL` and `ASSAY_CACHE` (several models or rows with commas between them).
 *
 * @throws AssayError for a word that is none, or a value that it cannot have
 */
export function readSwitches(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandSwitches {
  const fromEnv: Values = {
    model: listOf(env['ASSAY_MODEL']),
    limit: env['ASSAY_LIMIT'] || undefined,
    row: listOf(env['ASSAY_ROW']),
    tags: env['ASSAY_TAGS'] || undefined,
    trials: env['ASSAY_TRIALS'] || undefined,
    judge: env['ASSAY_JUDGE_MODEL'] || undefined,
    fixer: env['ASSAY_FIXER_MODEL'] || undefined,
    cache: env['ASSAY_CACHE'] || undefined,
  }
  const values: Values = { ...fromEnv, ...wordsAfterDashes(argv) }
  return {
    ...(values.model && { models: [...new Set(values.model as readonly string[])] }),
    ...(values.limit && { limit: count('limit', values.limit) }),
    ...(values.row && { rows: values.row as readonly string[] }),
    ...(values.tags && { tags: values.tags as string }),
    ...(values.trials && { trials: count('trials', values.trials) }),
    ...(values.judge && { judge: values.judge as string }),
    ...(values.fixer && { fixer: values.fixer as string }),
    ...(values.cache && { cache: cacheMode(values.cache) }),
  }
}

function wordsAfterDashes(argv: readonly string[]): Values {
  const dashes = argv.indexOf('--')
  if (dashes < 0) return {}
  try {
    const { values } = parseArgs({ args: argv.slice(dashes + 1), options: words, strict: true })
    const empty = Object.entries(values).find(([, value]) => [value].flat().includes(''))
    if (empty) throw new Error(`\`--${empty[0]}\` has no value`)
    return values
  } catch (error) {
    throw new AssayError(
      `After \`--\`: expected ${Object.keys(words)
        .map((word) => `--${word}`)
        .join(', ')}; ${firstSentence(messageOf(error))}.`,
      { kind: 'config', cause: error },
    )
  }
}

/** `parseArgs` goes on to explain how to pass positional arguments, which are none here. */
function firstSentence(message: string): string {
  const [sentence] = message.split('. ')
  return sentence!.charAt(0).toLowerCase() + sentence!.slice(1).replace(/\.$/, '')
}

function count(name: string, value: unknown): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= 1) return number
  throw new AssayError(
    `\`--${name}\` (ASSAY_${name.toUpperCase()}): expected a whole number of at least 1, got "${String(value)}".`,
    { kind: 'config' },
  )
}

function cacheMode(value: unknown): CacheMode {
  const mode = cacheModes.find((one) => one === value)
  if (mode) return mode
  throw new AssayError(
    `\`--cache\` (ASSAY_CACHE): expected one of ${cacheModes.join(', ')}, got "${String(value)}".`,
    { kind: 'config' },
  )
}

function listOf(value: string | undefined): readonly string[] | undefined {
  const parts = value?.split(',').map((part) => part.trim())
  const list = parts?.filter((part) => part !== '')
  return list && list.length > 0 ? list : undefined
}
