/** An amount of US dollars for people. */
export function usd(amount: number): string {
  return String(Number(amount.toPrecision(3)))
}
