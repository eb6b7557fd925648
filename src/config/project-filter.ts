/**
 * Whether the command line asks for a project by name: `--project evals`, `--project='ev*'`, `-p '!unit'`.
 * Vitest's own plugin hook for projects runs too late to know, so this reads the words and matches them as
 * Vitest does.
 */
export function isRequested(name: string, argv: readonly string[]): boolean {
  return projectPatterns(argv).some((pattern) => toRegExp(pattern).test(name))
}

function projectPatterns(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  return words.flatMap((word, i) => {
    const match = /^(?:--project|-p)(?:=(.*))?$/s.exec(word)
    const pattern = match && (match[1] ?? words[i + 1])
    return pattern ? [pattern.replace(/^(['"])(.*)\1$/s, '$2')] : []
  })
}

function toRegExp(pattern: string): RegExp {
  const negated = pattern.startsWith('!')
  const text = (negated ? pattern.slice(1) : pattern)
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return new RegExp(negated ? `^(?!${text}$)` : `^${text}$`, 'i')
}
