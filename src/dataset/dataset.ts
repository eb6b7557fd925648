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
  /** The rows that `keep` chooses, still read one at a time. */
  filter(keep: (row: Row) => boolean): Dataset<Row>
}

/** Makes a dataset of the function that reads it. Read outside of `foreach`, paths start at the working directory. */
export function createDataset<Row>(name: string, open: Dataset<Row>['open']): Dataset<Row> {
  return {
    name,
    open,
    filter(keep) {
      return createDataset(name, async function* (base) {
        for await (const row of open(base)) if (keep(row.value)) yield row
      })
    },
    async *[Symbol.asyncIterator]() {
      for await (const { value } of open(process.cwd())) yield value
    },
  }
}

export function isDataset(value: unknown): value is Dataset<unknown> {
  return typeof value === 'object' && value !== null && 'open' in value && 'name' in value
}
