import { isPath, pathOf, requirePath } from './files.ts'

/** The path of a chat template; `undefined` for the name of one, or for one that is given in full. */
export function templateFile(
  template: string | undefined,
  baseDir: string,
  provider: string,
): string | undefined {
  if (template === undefined) return undefined
  const isFile = isPath(template) || /\.(?:jinja2?|j2|txt)$/i.test(template)
  if (isFile) return requirePath(template, baseDir, { provider, option: 'chatTemplate' })
  return template.includes('{') ? undefined : pathOf(template, baseDir, 'file')
}
