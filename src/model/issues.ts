import * as v from 'valibot'

/** Says what is wrong with options: where, what was expected, what came. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map(describe).join('; ')
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue)
  const at = path ? `\`${path}\`: ` : ''
  if (issue.expected === 'never') return `there is no option \`${path ?? issue.received}\``
  if (issue.type === 'strict_object' && issue.received === 'undefined') return `${at}it is missing`
  const own = !issue.message.startsWith('Invalid ')
  if (own) return at + issue.message
  return `${at}expected ${expectedIn(issue)}, got ${issue.received}`
}

/** Without the bounds' signs a reader must guess what they are for. */
function expectedIn({ expected, type }: v.BaseIssue<unknown>): string {
  if (type === 'min_value') return `${expected?.replace('>=', 'at least ')}`
  if (type === 'max_value') return `${expected?.replace('<=', 'at most ')}`
  if (type === 'gt_value') return `${expected?.replace('>', 'more than ')}`
  if (type === 'integer') return 'a whole number'
  if (type === 'includes') return `a text with ${expected}`
  if (expected === 'Object') return 'an object'
  return String(expected).replaceAll(/[()]/g, '').replaceAll(' | ', ' or ').toLowerCase()
}
