/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959963984540054

/**
 * 95 % interval of a share by Wilson's score method (E. B. Wilson, JASA 22, 1927): right also near 0 and 1,
 * and for few rows.
 */
export function wilson(successes: number, n: number): [low: number, high: number] {
  const p = successes / n
  const z2 = Z * Z
  const centre = p + z2 / (2 * n)
  const spread = Z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))
  const scale = 1 + z2 / n
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)]
}
