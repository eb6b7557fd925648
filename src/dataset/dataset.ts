/** A row and the place it came from, for messages: `data/sums.jsonl:17`, or `row 16`. */
export interface LocatedRow<Row = unknown> {
  readonly value: Row
  readonly where: string
}

/** Rows that know where they come from. Each reading starts anew. */
export interface Dataset<Row> extends AsyncIterable<Row> {
  /** What messages call it. */
  readonly name: string
  /** Reads the rows; a relative path starts at the folder `base`. */
  open(base: string): AsyncIterable<LocatedRow<Row>>
}

export function isDataset(value: unknown): value is Dataset<unknown> {
  return typeof value === 'object' && value !== null && 'open' in value && 'name' in value
}
