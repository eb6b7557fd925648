import * as v from 'valibot'

/** Options that are sent as headers: the names of the headers, by those of the options. */
export type HeaderOptions = Readonly<Record<string, string>>

const text = v.pipe(
  v.string(),
  v.regex(/^[\x20-\x7e]+$/, 'expected a text of ASCII characters, since it goes into a header'),
)

/** The fields of these options, for a schema to take in. */
export function headerSchemas(
  headers: HeaderOptions,
): Record<string, v.GenericSchema<unknown, string | undefined>> {
  return Object.fromEntries(Object.keys(headers).map((option) => [option, v.optional(text)]))
}

/** The headers that the options of a set-up make. */
export function headersOf(headers: HeaderOptions, options: object): Record<string, string> {
  const given = new Map<string, unknown>(Object.entries(options))
  return Object.fromEntries(
    Object.entries(headers).flatMap(([option, header]) => {
      const value = given.get(option)
      return typeof value === 'string' ? [[header, value]] : []
    }),
  )
}
