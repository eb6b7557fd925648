/** A method of somebody's object, in whichever spelling it has there. */
export interface Method {
  /** As the object spells it. */
  readonly name: string
  call(...args: readonly unknown[]): unknown
}

/** Finds `list_models` or `listModels` on an object, or a static one on a class. */
export function methodOf(owner: object, name: string): Method | undefined {
  const members = owner as Readonly<Record<string, unknown>>
  const spelled = [name, camelCase(name)].find((one) => typeof members[one] === 'function')
  if (spelled === undefined) return undefined
  return {
    name: spelled,
    call: (...args) =>
      (members[spelled] as (...args: unknown[]) => unknown).apply(owner, [...args]),
  }
}

export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
