/** The fields that have a value: what is not given is not sent. */
export function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** A user's further fields of a request, without the one that says how the response comes: each call says it. */
export function furtherFields(body: Readonly<Record<string, unknown>> = {}): object {
  const { stream: _, ...fields } = body
  return fields
}
