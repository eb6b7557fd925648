const quantiles = new Map<number, number>()

/** The t for which `P(|T| ≤ t) = 0.95` with `df` degrees of freedom. */
export function t975(df: number): number {
  let quantile = quantiles.get(df)
  if (quantile === undefined) {
    quantile = solve(df)
    quantiles.set(df, quantile)
  }
  return quantile
}

/** 95 % interval of a mean by Student's t. */
export function studentInterval(
  mean: number,
  stderr: number,
  n: number,
): [low: number, high: number] {
  const half = t975(n - 1) * stderr
  return [mean - half, mean + half]
}

/** Bisection on the tail: the tail falls with t, and t lies in (1.95, 13) for every df. */
function solve(df: number): number {
  let low = 1.95
  let high = 13
  while (high - low > 1e-13 * high) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (twoSidedTail(middle, df) > 0.05) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** `P(|T| > t)`, which is the regularised incomplete beta function I_x(df/2, 1/2), x = df/(df+t²). */
function twoSidedTail(t: number, df: number): number {
  return regularisedBeta(df / (df + t * t), df / 2, 0.5)
}

/** Continued fraction of Numerical Recipes 6.4, by Lentz's method. */
function regularisedBeta(x: number, a: number, b: number): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a)
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  )
  const tiny = 1e-300
  const floor = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / floor(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / floor(1 + even * d)
    c = floor(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / floor(1 + odd * d)
    c = floor(1 + odd / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return (front * fraction) / a
}

/** Lanczos' approximation (g = 7, nine terms). */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const coefficients = [
    0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8,
    771.323_428_777_653_13, -176.615_029_162_140_6, 12.507_343_278_686_905,
    -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6, 1.505_632_735_149_311_6e-7,
  ]
  const shifted = x - 1
  const t = shifted + 7.5
  let sum = coefficients[0]!
  for (let i = 1; i < 9; i++) sum += coefficients[i]! / (shifted + i)
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum)
}
