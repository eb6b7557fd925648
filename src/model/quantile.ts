/** How values are spread. */
export interface Quantiles {
  /** Values that these are of. */
  readonly n: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Quantile by linear interpolation (Hyndman and Fan's type 7); `null` of nothing. */
export function quantile(values: readonly number[], q: number): number | null {
  return values.length === 0 ? null : interpolate(inOrder(values), q)
}

/** Mean and quantiles; `null` of nothing. */
export function quantiles(values: readonly number[]): Quantiles | null {
  const n = values.length
  if (n === 0) return null
  const sorted = inOrder(values)
  return {
    n,
    mean: sorted.reduce((sum, value) => sum + value, 0) / n,
    p50: interpolate(sorted, 0.5),
    p95: interpolate(sorted, 0.95),
    p99: interpolate(sorted, 0.99),
  }
}

function inOrder(values: readonly number[]): Float64Array {
  return new Float64Array(values).toSorted()
}

function interpolate(sorted: Float64Array, q: number): number {
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)]!
  const above = sorted[Math.ceil(at)]!
  return below + (above - below) * (at - Math.floor(at))
}
