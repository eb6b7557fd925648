import { AssayError } from '../../src/model/error.ts'
import { byNearness } from '../../src/model/nearest.ts'
import type { ProgramOptions } from '../shared/local/options.ts'
import type { StartPlace } from '../shared/local/start.ts'

const PATIENCE = 10_000

/** The one template that llama.cpp has in Jinja as well, with which models can call tools. */
const IN_JINJA = 'chatml'

interface TemplateOptions extends Pick<ProgramOptions, 'args'> {
  readonly chatTemplate?: string | undefined
}

/**
 * The arguments for a chat template that is not in a file: one that is given in full, or a name that the program
 * knows. Any other word it would take for one in full, and make it the whole of each prompt.
 *
 * @throws AssayError with the names, the most alike first; a program that lists none is trusted
 */
export async function templateArgs(
  { chatTemplate: template, args = [] }: TemplateOptions,
  program: string,
  { env }: Pick<StartPlace, 'env'>,
): Promise<string[]> {
  if (template === undefined) return []
  const given = ['--chat-template', template]
  if (template.includes('{')) return given
  const help = await helpOf(program, env)
  const known = namesIn(help)
  if (known.length > 0 && !known.includes(template)) throw unknown(template, known)
  // with Jinja on, as it is by default, it takes names that it knows for templates in full too
  if (template === IN_JINJA || !help.includes('--no-jinja')) return given
  if (args.includes('--jinja')) throw inJinja(template)
  return ['--no-jinja', ...given]
}

async function helpOf(program: string, env: StartPlace['env']): Promise<string> {
  const { execa } = await import('execa') // few give a name
  const { failed, stdout } = await execa(program, ['--help'], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: PATIENCE,
    reject: false,
  })
  return failed ? '' : stdout
}

/** The words of its list, which stand on lines of their own. */
function namesIn(help: string): string[] {
  const list = /^.*list of built-in templates:\s+((?:[\w.-]+,\s+)+[\w.-]+)$/m.exec(help)?.[1]
  return list?.split(/,\s+/) ?? []
}

function unknown(template: string, known: readonly string[]): AssayError {
  return wrong(
    `\`chatTemplate\`: there is no template '${template}'; llama.cpp knows ` +
      `${byNearness(template, known).join(', ')}; a file is given with its ending, as in ` +
      `'${template}.jinja', or with './' before it.`,
  )
}

function inJinja(template: string): AssayError {
  return wrong(
    `\`args\`: with \`--jinja\` the word '${template}' would be the whole prompt: take it away, or give the ` +
      'template as a file.',
  )
}

function wrong(problem: string): AssayError {
  return new AssayError(`llama-server: ${problem}`, { kind: 'config', provider: 'llama-server' })
}
