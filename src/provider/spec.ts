import { AssayError } from '../model/error.ts'

/** Splits `provider/model-name` at the first `/`. */
export function parseSpec(spec: string): { providerName: string; modelName: string } {
  const slash = spec.indexOf('/')
  if (slash <= 0 || slash === spec.length - 1) {
    throw new AssayError(
      `A model is named \`provider/model-name\`, as in "openai/gpt-5-mini"; got "${spec}".`,
      { kind: 'config' },
    )
  }
  return { providerName: spec.slice(0, slash), modelName: spec.slice(slash + 1) }
}
