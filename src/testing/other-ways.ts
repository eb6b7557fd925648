import type { ModelProvider } from '../provider/provider.ts'

const ways: Readonly<Record<keyof ModelProvider, true>> = {
  name: true,
  aliases: true,
  setup: true,
  teardown: true,
  teardownAll: true,
  listModels: true,
}

/** Methods of a provider besides those of the interface: what they make has no handle, and nobody tears it down. */
export function otherWaysOf(provider: object): readonly string[] {
  const names = prototypesOf(provider).flatMap((one) =>
    Object.entries(Object.getOwnPropertyDescriptors(one))
      .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
      .map(([name]) => name),
  )
  return [...new Set(names)].filter((name) => !Object.hasOwn(ways, name))
}

/** An object and its prototypes, up to those that all objects have. */
function prototypesOf(value: object): readonly object[] {
  const above = Object.getPrototypeOf(value) as object | null
  return above === null ? [] : [value, ...prototypesOf(above)]
}
