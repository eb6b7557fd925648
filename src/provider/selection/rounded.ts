/** A figure for people, with three digits that tell. */
export function rounded(value: number): string {
  return String(Number(value.toPrecision(3)))
}
