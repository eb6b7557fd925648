import type { Figure } from './figures.ts'

/** CPU that a permit costs. There is nothing to measure before there are permits. */
export async function permitCost(): Promise<readonly Figure[]> {
  return []
}
