import { AssayError } from '../../src/model/error.ts'
import { parseSpec } from '../../src/provider/spec.ts'
import { isMaker } from './source.ts'

/** How an adapted model is called, `provider/name`. */
export interface Names {
  readonly name: string
  readonly provider: string
}

const PROVIDER = 'custom'

/** The names that are given, else those that an object has itself, else that of its class or function. */
export function namesOf(
  caller: string,
  source: object,
  { name, provider }: { readonly name?: string; readonly provider?: string },
): Names {
  const own = isMaker(source) ? {} : source
  const names = {
    name: name ?? textIn(own, 'name', 'model_name', 'modelName') ?? classOf(source),
    provider: provider ?? textIn(own, 'provider') ?? PROVIDER,
  }
  requireProviderName(caller, names.provider)
  return names
}

/** @throws AssayError `config` for a name that cannot stand in a spec */
export function requireProviderName(caller: string, name: string): void {
  if (name !== '' && parseSpec(`${name}/model`).providerName === name) return
  throw new AssayError(
    `${caller}: the name of a provider is what stands before the \`/\` of a spec; got "${name}".`,
    { kind: 'config' },
  )
}

function textIn(object: object, ...fields: readonly string[]): string | undefined {
  const own = object as Readonly<Record<string, unknown>>
  const values = fields.map((field) => own[field])
  return values.find((value) => typeof value === 'string' && value !== '') as string | undefined
}

function classOf(source: object): string {
  const named: { readonly name: string } | undefined = isMaker(source) ? source : source.constructor
  return !named?.name || named.name === 'Object' ? 'model' : named.name
}
