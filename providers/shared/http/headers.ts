type Fields = Readonly<Record<string, string>>

/** Headers of which later ones go over earlier ones, however their names are written. */
export function headersOf(...layers: readonly Fields[]): Headers {
  const headers = new Headers()
  for (const [name, value] of layers.flatMap((fields) => Object.entries(fields))) {
    headers.set(name, value)
  }
  return headers
}
