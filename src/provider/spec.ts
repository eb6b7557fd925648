import { AssayError } from '../model/error.ts'
import { isShowable, quoted } from '../model/may-be-secret.ts'
import { meantBy } from '../model/nearest.ts'

/** Specs by the short names that a configuration file gives them. */
export type ModelNames = Readonly<Record<string, string>>

/** Splits `provider/model-name`, or what a short name stands for, at the first `/`. */
export function parseSpec(
  given: string,
  names: ModelNames = {},
): { providerName: string; modelName: string } {
  const spec = specOf(given, names)
  const slash = spec.indexOf('/')
  if (slash <= 0 || slash === spec.length - 1) {
    throw new AssayError(describeName(spec, names), { kind: 'config' })
  }
  return { providerName: spec.slice(0, slash), modelName: spec.slice(slash + 1) }
}

/** What a short name stands for; a spec stands for itself. */
export function specOf(given: string, names: ModelNames): string {
  return Object.hasOwn(names, given) ? names[given]! : given
}

/** Says that a name is no spec, and what was probably meant. */
export function describeName(given: string, names: ModelNames = {}): string {
  const usual = usualSpec(given)
  const shown = usual === undefined ? quoted(given) : `"${given}"`
  const meant = meantBy(given, Object.keys(names)) ?? usual
  const example = meant === undefined ? ', as in "openai/gpt-5-mini"' : ''
  const question = meant === undefined ? '.' : `; did you mean "${meant}"?`
  return `A model is named \`provider/model-name\`${example}; got ${shown}${question}`
}

/** Providers that have the models of a family themselves. */
const families: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-|chatgpt|o\d(?:-|$))/i, 'openai'],
  [/^claude/i, 'anthropic'],
  [/^gemini/i, 'google'],
  [/^gigachat/i, 'gigachat'],
  [/^yandexgpt/i, 'yandexgpt'],
  [/^(?:mistral|codestral|ministral|magistral)/i, 'mistral'],
  [/^command/i, 'cohere'],
  [/^sonar/i, 'perplexity'],
  [/\.gguf$/i, 'llama-server'],
]

/** As `ollama` lists its models. */
const tagged = /^[a-z][\w.-]*:[\w.-]+$/i

function usualSpec(name: string): string | undefined {
  if (name.includes('/')) return undefined
  const family = families.find(([pattern]) => pattern.test(name))
  if (family) return `${family[1]}/${name}`
  return tagged.test(name) && isShowable(name) ? `ollama/${name}` : undefined
}
