import { fileURLToPath } from 'node:url'
import { AssayError, messageOf } from '../model/error.ts'
import { isBindable } from './bindable.ts'
import type { FoundProvider } from './found-provider.ts'
import type { ModelProvider } from './provider.ts'

/** Imports a module, by its URL, as the project's own files do. */
export type ImportModule = (url: string) => Promise<unknown>

/** Loads the module of a provider that was found. @throws AssayError that says who brings it */
export async function loadFound(
  found: FoundProvider,
  importModule: ImportModule,
): Promise<ModelProvider> {
  const { name, origin } = found
  if ('problem' in found) throw new AssayError(`${origin}: ${found.problem}`, { kind: 'config' })
  const file = fileURLToPath(found.url)
  const provider = await importDefault(importModule, found.url).catch((error: unknown) => {
    const message = `${origin}: ${file} cannot be loaded: ${messageOf(error)}`
    throw new AssayError(message, { kind: 'setup', cause: error })
  })
  if (!isBindable(provider)) {
    const expected =
      'expected its default export to be what `defineProvider()` of vitest-assay returns'
    throw new AssayError(`${origin}: ${file}: ${expected}; got ${described(provider)}.`, {
      kind: 'config',
    })
  }
  if (name === null || [provider.name, ...(provider.aliases ?? [])].includes(name)) return provider
  throw new AssayError(
    `${origin}: ${file} has the provider \`${provider.name}\`, which its package.json calls \`${name}\`; they must agree.`,
    { kind: 'config' },
  )
}

async function importDefault(importModule: ImportModule, url: string): Promise<unknown> {
  const module = (await importModule(url)) as { readonly default?: unknown }
  return module.default
}

function described(value: unknown): string {
  if (value === undefined) return 'none'
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  return 'setup' in value
    ? 'an object with a `setup` that another function, or another version of it, has made'
    : 'another object'
}
