/** What valibot's schemas are made of, as far as names go. */
interface Layers {
  readonly entries?: Readonly<Record<string, Layers>>
  /** Of a record. */
  readonly value?: Layers
  /** Of a list. */
  readonly item?: Layers
  /** Of one that is optional. */
  readonly wrapped?: Layers
  readonly pipe?: readonly unknown[]
  /** Of a union. */
  readonly options?: readonly unknown[]
}

/** What a value may be by its schema: an object of these fields, a map or list of one kind, or anything. */
export interface Shape {
  readonly entries?: Readonly<Record<string, Layers>>
  readonly value?: Layers
  readonly item?: Layers
}

/** The shape that names what is inside. */
export function shapeOf(schema: object | undefined): Shape {
  const { entries, value, item, wrapped, pipe, options } = (schema ?? {}) as Layers
  if (entries) return { entries }
  if (value) return { value }
  if (item) return { item }
  if (wrapped) return shapeOf(wrapped)
  const inner = [...(pipe ?? []), ...(options ?? [])].filter((one) => one !== schema)
  return inner.map((one) => shapeOf(one as object)).find(isTelling) ?? {}
}

/** Whether anything goes, also `null`, which takes a value away that another place gives. */
export function isFree(schema: object): boolean {
  return 'type' in schema && schema.type === 'unknown'
}

function isTelling({ entries, value, item }: Shape): boolean {
  return Boolean(entries ?? value ?? item)
}
